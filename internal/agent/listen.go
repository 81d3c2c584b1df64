package agent

import (
	"log/slog"

	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/internal/admin"
)

// listen opens the listeners but those of the proxies, so that an address which is
// taken is known before any log is read.
func (a *live) listen() ([]server, error) {
	metrics, err := exporter.New(exporter.Config{
		Listen:        a.conf.Metrics.Listen,
		WebConfigFile: a.conf.Metrics.WebConfig,
		Version:       a.process.Version,
		Logger:        slog.New(a.log.Handler()),
	}, a.collect, a.unready)
	if err != nil {
		return nil, err
	}
	a.log.Info("metrics", "address", metrics.Addr().String())
	opened := []closingServer{metrics}
	if a.conf.Admin.Listen != "none" {
		administration, err := admin.New(admin.Config{Listen: a.conf.Admin.Listen, Logger: a.log, Proxies: a.proxying.operated()}, a.report)
		if err != nil {
			return nil, closeServers(opened, err)
		}
		a.log.Info("report and profiles", "address", administration.Addr().String())
		opened = append(opened, administration)
	}
	var servers []server
	if a.proxying != nil {
		advice, err := a.proxying.listenAdvice()
		if err != nil {
			return nil, closeServers(opened, err)
		}
		servers = append(servers, advice)
	}
	for _, one := range opened {
		servers = append(servers, one)
	}
	return servers, nil
}

// closingServer is a server that can be closed without having been run.
type closingServer interface {
	server
	Close() error
}

// closeServers closes servers because of err, and returns it.
func closeServers(servers []closingServer, err error) error {
	for _, one := range servers {
		one.Close()
	}
	return err
}
