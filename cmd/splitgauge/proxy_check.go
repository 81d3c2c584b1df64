package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/internal/report"
)

func newProxyCheckCommand(t terminal) *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "check [-c FILE]",
		Short: "Check the proxies of a configuration and say what was understood",
		Long: `Check reads a configuration and says which proxies it has: listeners and who may
connect to them, pools with their servers and shares, egress, and what may not be
meant. Nothing is opened, and no name is looked up. Everything that is wrong is
told at once, each with its line and column and what would be right.

Exit codes: 0 it is right, warnings or not; 1 it could not be read; 2 something is
wrong with it, or it has no proxies.`,
		Example: `  splitgauge proxy check
  splitgauge proxy check -c splitgauge.yaml`,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(*cobra.Command, []string) error { return runProxyCheck(t, file) },
	}
	addConfigFlag(command, &file)
	return command
}

func runProxyCheck(t terminal, file string) error {
	conf, err := config.Load(file)
	if err != nil {
		return configError(err)
	}
	if !conf.Proxies.Any() {
		return usageError(fmt.Errorf("%w, in %q", agent.ErrNoProxies, file))
	}
	var out bytes.Buffer
	options := textOptions(t.out)
	w := proxyWriter{page{out: &out, width: options.Width, unicode: options.Unicode}}
	w.write(agent.CheckProxies(conf))
	_, err = t.out.Write(out.Bytes())
	return err
}

// proxyWriter writes what was understood of proxies.
type proxyWriter struct{ page }

func (w *proxyWriter) write(c *agent.CheckedProxies) {
	if len(c.Listeners) > 0 {
		w.heading("LISTENERS")
		w.listeners(c.Listeners)
	}
	for i := range c.Pools {
		w.pool(&c.Pools[i])
	}
	for i := range c.Egress {
		w.egress(&c.Egress[i])
	}
	if c.AgentCheck != "" || c.AccessLog != "" {
		w.heading("ALSO")
	}
	if c.AgentCheck != "" {
		w.hang("  agent checks of HAProxy   ", w.show(c.AgentCheck))
	}
	if c.AccessLog != "" {
		w.hang("  a line a connection       ", w.show(c.AccessLog))
	}
	w.heading("WARNINGS")
	if len(c.Warnings) == 0 {
		w.line("  none")
	}
	for _, warning := range c.Warnings {
		w.hang("  - ", w.show(warning))
	}
}

func (w *proxyWriter) listeners(listeners []agent.CheckedListener) {
	table := columns{names: 5}
	table.add("name", "address", "pool", "open to", "at once")
	for _, l := range listeners {
		served := "no limit"
		if l.Served > 0 {
			served = report.Grouped(int64(l.Served))
		}
		if l.Waiting > 0 {
			served += ", " + report.Grouped(int64(l.Waiting)) + " waiting"
		}
		table.add(w.show(l.Name), w.show(l.Address), w.show(l.Pool), w.show(l.From), served)
	}
	table.write(w.out)
}

func (w *proxyWriter) pool(pool *agent.CheckedPool) {
	w.heading("POOL   " + w.show(pool.Name))
	logs := "do not count"
	if pool.Logs {
		logs = "count"
	}
	w.line("  policy         " + w.show(pool.Policy))
	w.line("  logs           " + logs)
	w.line("  active checks  " + w.show(pool.Checks))
	w.line("")
	table := columns{names: 2}
	variants := false
	for _, s := range pool.Servers {
		variants = variants || s.Share < 0
	}
	if variants {
		table.names = 3
		table.add("server", "address", "variant", "weight")
	} else {
		table.add("server", "address", "weight", "share")
	}
	for _, s := range pool.Servers {
		weight := strconv.Itoa(s.Weight)
		if variants {
			table.add(w.show(s.Name), w.show(s.Address), w.quote(cmp.Or(s.Variant, s.Name)), weight)
		} else {
			table.add(w.show(s.Name), w.show(s.Address), weight, fmt.Sprintf("%.1f %%", 100*s.Share))
		}
	}
	table.write(w.out)
}

func (w *proxyWriter) egress(e *agent.CheckedEgress) {
	w.heading("EGRESS   " + w.show(e.Address))
	var ports []string
	for _, port := range e.Ports {
		ports = append(ports, strconv.Itoa(int(port)))
	}
	to := "nothing"
	if len(e.To) > 0 {
		to = strings.Join(e.To, ", ")
	}
	w.hang("  open to  ", w.show(e.From))
	w.hang("  leads to ", w.show(to))
	w.hang("  ports    ", strings.Join(ports, ", "))
}
