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
	if a.conf.Admin.Listen == "none" {
		return []server{metrics}, nil
	}
	administration, err := admin.New(admin.Config{Listen: a.conf.Admin.Listen, Logger: a.log, Proxies: a.proxying.operated()}, a.report)
	if err != nil {
		metrics.Close()
		return nil, err
	}
	a.log.Info("report and profiles", "address", administration.Addr().String())
	return []server{metrics, administration}, nil
}
