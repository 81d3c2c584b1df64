package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/internal/report"
)

// proxyExplainOptions are the flags of proxy explain.
type proxyExplainOptions struct {
	poolOptions
	marked  string
	offline bool
	output  string
}

// poolOptions say which pool of which instance is meant.
type poolOptions struct {
	config      string
	adminListen string
	pool        string
}

func (o *poolOptions) addFlags(command *cobra.Command) {
	addConfigFlag(command, &o.config)
	f := command.Flags()
	f.StringVar(&o.adminListen, "admin-listen", "", "the `address` of the instance's operator's listener (default the configuration's)")
	f.StringVar(&o.pool, "pool", "", "the `name` of the pool (default the only one)")
}

// load returns the configuration, and puts the flags over it and it under them.
func (o *poolOptions) load() (*config.Config, error) {
	conf, err := config.Load(o.config)
	if err != nil {
		return nil, configError(err)
	}
	if o.adminListen == "" {
		o.adminListen = conf.Admin.Listen
	}
	if o.pool, err = agent.PoolNamed(conf, o.pool); err != nil {
		return nil, usageError(fmt.Errorf("cannot use the configuration %q: %w", o.config, err))
	}
	return conf, nil
}

func newProxyExplainCommand(t terminal) *cobra.Command {
	var o proxyExplainOptions
	command := &cobra.Command{
		Use:   "explain [-c FILE] [--pool NAME] [SOURCE]",
		Short: "Say which server a client's connection would get, and why",
		Long: `Explain asks the running instance where a connection of a source would go now:
all servers with what their costs are made of, the candidates, the choice. Nothing
is changed by asking. Where no instance is running, or with --offline, it says what
the configuration alone leads to: every server healthy, nothing measured.

Exit codes: 0 done; 1 failed; 2 wrong usage or configuration.`,
		Example: `  splitgauge proxy explain 192.0.2.7
  splitgauge proxy explain -c splitgauge.yaml --pool app -o json 2001:db8::7
  splitgauge proxy explain --pool app --marked app2 192.0.2.7
  splitgauge proxy explain --offline --pool app 192.0.2.7`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) > 1 {
				return usageError(fmt.Errorf("cannot explain %d sources: want one at most", len(arguments)))
			}
			return nil
		},
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, arguments []string) error {
			return runProxyExplain(command.Context(), t, o, arguments)
		},
	}
	o.addFlags(command)
	f := command.Flags()
	f.StringVar(&o.marked, "marked", "", "the `server` that the connection is marked for")
	f.BoolVar(&o.offline, "offline", false, "ask nobody: by the configuration alone")
	f.StringVarP(&o.output, "output", "o", "text", "text or json")
	return command
}

func runProxyExplain(ctx context.Context, t terminal, o proxyExplainOptions, arguments []string) error {
	if err := checkOutput(o.output); err != nil {
		return usageError(err)
	}
	source := ""
	if len(arguments) > 0 {
		addr, err := netip.ParseAddr(arguments[0])
		if err != nil {
			return usageError(fmt.Errorf("cannot explain the source %q: want an address such as 192.0.2.7", arguments[0]))
		}
		source = addr.Unmap().WithZone("").String() // as connections are told apart
	}
	conf, err := o.load()
	if err != nil {
		return err
	}
	explanation, offline, err := o.explain(ctx, conf, source)
	if err != nil {
		return err
	}
	return t.writeExplanation(explanation, offline, o.output)
}

// explain asks the running instance, or explains by the configuration: then
// offline says why.
func (o *proxyExplainOptions) explain(ctx context.Context, conf *config.Config, source string) (e *agent.PoolExplanation, offline string, err error) {
	offline = "asked for by --offline"
	if !o.offline {
		query := url.Values{"source": {source}, "marked": {o.marked}}
		answer, err := operator{o.adminListen}.get(ctx, []string{"proxies", o.pool, "explain"}, query)
		if err == nil {
			if err := json.Unmarshal(answer, &e); err != nil || e == nil {
				return nil, "", fmt.Errorf("cannot read what the running instance answers: %w", errors.Join(err, errors.New("want an explanation")))
			}
			return e, "", nil
		}
		if !errors.Is(err, errNotRunning) {
			return nil, "", err
		}
		offline = err.Error()
	}
	if e, err = agent.ExplainOffline(conf, o.pool, source, o.marked); err != nil {
		return nil, "", err
	}
	return e, offline, nil
}

// writeExplanation writes an explanation; offline says why it is of the
// configuration alone, if it is.
func (t terminal) writeExplanation(e *agent.PoolExplanation, offline, output string) error {
	var out bytes.Buffer
	if output == "json" {
		document, err := report.JSON(struct {
			*agent.PoolExplanation
			Offline string `json:"offline,omitempty"`
		}{e, offline}, "  ")
		if err != nil {
			return err
		}
		out.Write(document)
		out.WriteByte('\n')
	} else {
		options := textOptions(t.out)
		w := explanationWriter{page{out: &out, width: options.Width, unicode: options.Unicode}}
		w.write(e, offline)
	}
	_, err := t.out.Write(out.Bytes())
	return err
}

// explanationWriter writes an explanation for people.
type explanationWriter struct{ page }

func (w *explanationWriter) write(e *agent.PoolExplanation, offline string) {
	w.hang("", w.show(e.Text))
	if offline != "" {
		w.hang("", w.show("By the configuration alone ("+offline+"): every server healthy, nothing measured."))
	}
	w.heading("POOL   " + w.show(e.Pool) + ", " + w.show(e.Policy))
	table := columns{names: 3}
	table.add("", "server", "health", "weight", "in flight", "latency", "errors", "cost")
	for i := range e.Servers {
		s := &e.Servers[i]
		mark := ""
		switch {
		case s.Server == e.Server:
			mark = "->"
		case s.Compared:
			mark = "?"
		}
		cost := "-"
		if s.Cost != nil {
			cost = fmt.Sprintf("%.4g s", *s.Cost)
		}
		table.add(mark, w.show(s.Server), w.show(stateWords(s)), fmt.Sprintf("%.4g of %d", s.EffectiveWeight, s.Weight), strconv.Itoa(s.InFlight),
			secondsText(s.Latency), fmt.Sprintf("%.1f %%", 100*max(s.OwnErrors, s.LogErrors)), cost)
	}
	table.write(w.out)
	w.line("")
	w.line("  -> chosen   ? compared, or may be")
	for i := range e.Servers {
		if s := &e.Servers[i]; s.Unusable != "" {
			w.hang("  ", w.show(s.Server)+": "+w.show(s.Unusable))
		}
	}
}

// stateWords says how a server is, in HAProxy's words where somebody has changed
// it by hand.
func stateWords(s *agent.ServerState) string {
	if s.State != "ready" {
		return s.State
	}
	return s.Health
}

// secondsText writes a time of a cost.
func secondsText(seconds float64) string {
	if !(seconds > 0 && seconds < 1e6) {
		return "-"
	}
	return time.Duration(seconds * float64(time.Second)).Round(10 * time.Microsecond).String()
}
