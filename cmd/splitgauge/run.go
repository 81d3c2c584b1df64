package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/config"
)

// runOptions are the flags of run, and those of them that proxy has. Those that
// are set win over the file.
type runOptions struct {
	config         string
	nginxConf      string
	stateDirectory string
	listen         string
	adminListen    string
	webConfig      string
	fromBeginning  bool
	logFormat      string

	proxiesAlone bool // the verb is proxy
}

func newRunCommand(t terminal) *cobra.Command {
	var o runOptions
	command := &cobra.Command{
		Use:   "run",
		Short: "Follow nginx's access logs and publish metrics: the agent",
		Long: `Run follows access logs, counts every line exactly once, whatever rotation, kill
or restart comes between, and publishes what it counts to Prometheus.

Without a configuration it follows the logs that nginx's own configuration names,
and reads its formats, splits and upstreams there.

The proxies of the configuration (proxies:) run together with the rest; "splitgauge
proxy" runs them alone.

SIGHUP reads the configuration again, nginx's too; no counter is reset and no
connection dropped. SIGUSR1 opens the proxies' access log anew. SIGUSR2 starts the
program, which may be another version by now, and hands everything over to it.
SIGTERM and SIGINT stop in order, once the proxies' connections have drained; a
second one kills, and nothing is counted twice or lost then either.

Exit codes: 0 stopped by a signal; 1 failed; 2 wrong usage or configuration.`,
		Example: `  splitgauge run
  splitgauge run -c /etc/splitgauge.yaml
  splitgauge run --nginx-conf /etc/nginx/nginx.conf --state-directory ./state --from-beginning
  curl -s http://127.0.0.1:9917/metrics`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return runRun(command.Context(), t, o) },
	}
	f := command.Flags()
	f.StringVarP(&o.config, "config", "c", "", "the configuration, a YAML `file`; see splitgauge config print-default")
	f.StringVar(&o.nginxConf, "nginx-conf", "", "nginx's configuration, a `file` (default "+hostNginxConf+" if it is there)")
	f.StringVar(&o.stateDirectory, "state-directory", "", "where the state is kept, a `directory` (default $STATE_DIRECTORY, else /var/lib/splitgauge)")
	o.addListenFlags(command)
	f.BoolVar(&o.fromBeginning, "from-beginning", false, "read logs that were never read before from their beginning, not from their end")
	return command
}

// addListenFlags adds the flags that run and proxy have in common but for -c.
func (o *runOptions) addListenFlags(command *cobra.Command) {
	f := command.Flags()
	f.StringVar(&o.listen, "listen", "", "the `address` of the metrics (default 127.0.0.1:9917)")
	f.StringVar(&o.adminListen, "admin-listen", "", "the `address` of the operator's listener: host:port, unix:/path or none (default 127.0.0.1:9918)")
	f.StringVar(&o.webConfig, "web.config.file", "", "certificates and passwords for the metrics, a `file` of the Prometheus exporter toolkit")
	f.StringVar(&o.logFormat, "log-format", "text", "how to log to standard error: text or json")
}

// load reads the configuration, and puts the flags over it.
func (o *runOptions) load() (*config.Config, error) {
	c := config.Default()
	if o.config != "" {
		var err error
		if c, err = config.Load(o.config); err != nil {
			return nil, configError(err)
		}
	}
	for _, flag := range []struct {
		value string
		to    *string
	}{
		{o.nginxConf, &c.Nginx.Config},
		{o.stateDirectory, &c.State.Directory},
		{o.listen, &c.Metrics.Listen},
		{o.adminListen, &c.Admin.Listen},
		{o.webConfig, &c.Metrics.WebConfig},
	} {
		if flag.value != "" {
			*flag.to = flag.value
		}
	}
	c.Reading.FromBeginning = c.Reading.FromBeginning || o.fromBeginning
	return c, nil
}

func runRun(ctx context.Context, t terminal, o runOptions) error {
	var handler slog.Handler
	switch o.logFormat {
	case "text":
		handler = slog.NewTextHandler(t.err, nil)
	case "json":
		handler = slog.NewJSONHandler(t.err, nil)
	default:
		return usageError(fmt.Errorf("cannot log as %q: want text or json", o.logFormat))
	}
	log := slog.New(handler)
	limitMemory(log)
	watchdog, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the service manager's watchdog is of no use", "error", err)
	}
	stop, signals := received(syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	defer stop()
	err = agent.Run(ctx, agent.RunConfig{
		Load:          o.load,
		HostNginxConf: hostNginxConf,
		ProxiesAlone:  o.proxiesAlone,
		Log:           log,
		Version:       versionText(),
		Reload:        signals[0],
		Reopen:        signals[1],
		Upgrade:       signals[2],
		Successor:     ownCommand(log),
		Notify:        func(state string) { notify(log, state) },
		Watchdog:      watchdog,
	})
	if errors.Is(err, agent.ErrNoProxies) {
		return usageError(fmt.Errorf("%w, in %q", err, o.config))
	}
	return err
}

// received returns a channel for each signal, on which it is received until stop
// is called.
func received(which ...os.Signal) (stop func(), signals []chan os.Signal) {
	for _, s := range which {
		c := make(chan os.Signal, 1)
		signal.Notify(c, s)
		signals = append(signals, c)
	}
	return func() {
		for _, c := range signals {
			signal.Stop(c)
		}
	}, signals
}

// ownCommand returns what this program was started as, for a successor to be
// started in the same way: under the same name, which may be another version's by
// then.
func ownCommand(log *slog.Logger) []string {
	path, err := exec.LookPath(os.Args[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		log.Warn("SIGUSR2 is of no use: it is not known where the program is", "error", err)
		return nil
	}
	return append([]string{path}, os.Args[1:]...)
}

// notify tells the service manager, if there is one.
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("cannot tell the service manager", "state", state, "error", err)
	}
}

// limitMemory makes the collector work harder before the control group's limit
// is reached.
func limitMemory(log *slog.Logger) {
	limit, err := memlimit.Set(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.FromCgroup))
	switch {
	case errors.Is(err, memlimit.ErrNoLimit), errors.Is(err, memlimit.ErrNoCgroup):
	case err != nil:
		log.Warn("cannot read the memory limit of the control group", "error", err)
	case limit > 0 && limit < math.MaxInt64:
		log.Info("memory", "limit", limit)
	}
}
