package proxy

// Rules returns every rule that a gate can turn a connection away by.
func Rules() []Rule {
	all := make([]Rule, 0, numRules)
	for r := range numRules {
		all = append(all, r)
	}
	return all
}
