package balance

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// longestName is how many bytes a name or an address may have.
const longestName = 256

// plan is a configuration that was checked, and what was made of it.
type plan struct {
	config   Config // with names and rules filled in
	rules    Health
	policy   policy
	name     string // of the policy
	division *division
	parts    []int // of the servers
}

// weight returns the weight that is configured.
func (c *ServerConfig) weight() int {
	if c.Disabled {
		return 0
	}
	return max(c.Weight, 1)
}

// check reads a configuration. The error names every problem.
func check(config Config) (*plan, error) {
	c := &plan{config: config, rules: config.Health.withDefaults()}
	c.config.Servers = slices.Clone(config.Servers)
	var problems []error
	wrong := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	var err error
	if c.policy, c.name, err = newPolicy(config.Policy); err != nil {
		problems = append(problems, err)
	}
	if n := len(config.Servers); n == 0 || n > MaxServers {
		wrong("there are %d servers, want 1 to %d", n, MaxServers)
	}
	checkServers(c, wrong)
	checkHealth(&config.Health, wrong)
	switch {
	case c.name == splitPolicy && config.Split == nil:
		wrong("the policy %q needs a split", splitPolicy)
	case c.name != splitPolicy && config.Split != nil:
		wrong("the policy %q does not use the split, only %q does", c.name, splitPolicy)
	}
	c.parts = make([]int, len(config.Servers))
	if c.name == splitPolicy && config.Split != nil && len(problems) == 0 {
		var parts []int
		if c.division, parts, err = divide(config.Split, c.config.Servers); err != nil {
			problems = append(problems, err)
		}
		c.parts = parts
	} else {
		for i := range c.parts {
			c.parts[i] = noPart
		}
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("cannot balance the pool %q: %w", config.Name, errors.Join(problems...))
	}
	return c, nil
}

func checkServers(c *plan, wrong func(string, ...any)) {
	seen := map[string]bool{}
	total := 0
	for i := range c.config.Servers {
		s := &c.config.Servers[i]
		if s.Name == "" {
			s.Name = s.Address
		}
		switch {
		case s.Address == "":
			wrong("the server %q has no address, want host:port or unix:/path", s.Name)
		case len(s.Address) > longestName || len(s.Name) > longestName:
			wrong("the server %.64q has a name or address of more than %d bytes", s.Name, longestName)
		case seen[s.Name]:
			wrong("there are two servers %q, want different names", s.Name)
		}
		seen[s.Name] = true
		if s.Weight < 0 || s.Weight > MaxWeight {
			wrong("the server %q has the weight %d, want 0 to %d", s.Name, s.Weight, MaxWeight)
		}
		if s.Capacity < 0 || s.Capacity > math.MaxInt32 {
			wrong("the server %q has the capacity %d, want 0 to %d", s.Name, s.Capacity, math.MaxInt32)
		}
		if s.Variant != "" && c.name != splitPolicy {
			wrong("the server %q has the variant %q, which only the policy %q uses", s.Name, s.Variant, splitPolicy)
		}
		total += s.weight()
	}
	if c.name == "consistent_hash" && total > MaxHashWeight {
		wrong("%s", tooMuchHashWeight(total))
	}
}

func tooMuchHashWeight(total int) string {
	return fmt.Sprintf("the weights add up to %d, want at most %d for the policy consistent_hash", total, MaxHashWeight)
}

func checkHealth(h *Health, wrong func(string, ...any)) {
	for _, share := range []struct {
		name  string
		value float64
		most  float64
	}{
		{"largest share of ejected servers", h.MaxEjectedShare, 1},
		{"panic threshold", h.PanicThreshold, 1},
		{"number of standard deviations", h.SuccessDeviations, 1000},
	} {
		if math.IsNaN(share.value) || share.value > share.most {
			wrong("the %s is %v, want at most %v", share.name, share.value, share.most)
		}
	}
	if h.EjectionTime < 0 {
		wrong("the ejection time is %v, want a time; negative numbers of failures switch ejection off", h.EjectionTime)
	}
}
