package agent

import (
	"fmt"
	"slices"
	"time"

	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// ExplainOffline says where a connection of a source would be placed by what is
// configured alone: with every server healthy and nothing measured. pool may be
// empty where there is only one.
func ExplainOffline(conf *config.Config, pool, source, marked string) (*PoolExplanation, error) {
	name, err := PoolNamed(conf, pool)
	if err != nil {
		return nil, err
	}
	pools := conf.Proxies.Proxy.Pools
	at := slices.IndexFunc(pools, func(p balance.Config) bool { return p.Name == name })
	b, err := balance.New(pools[at])
	if err != nil {
		return nil, err
	}
	return newExplanation(name, source, b.Explain(balance.Query{Now: time.Now(), Source: []byte(source), Marked: marked})), nil
}

// PoolNamed returns the name of the pool that is meant by a name, or by none where
// there is only one.
func PoolNamed(conf *config.Config, name string) (string, error) {
	var names []string
	for _, pool := range conf.Proxies.Proxy.Pools {
		names = append(names, pool.Name)
	}
	switch {
	case len(names) == 0:
		return "", fmt.Errorf("no pools: the configuration has no proxies.pools")
	case name == "" && len(names) == 1:
		return names[0], nil
	case name == "":
		return "", fmt.Errorf("which pool? There are %q: name one with --pool", names)
	case !slices.Contains(names, name):
		return "", fmt.Errorf("there is no pool %q, want one of %q", name, names)
	}
	return name, nil
}
