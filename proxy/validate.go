package proxy

// Check says what is wrong with the configuration, all of it, short of opening
// and looking up what it names. Pools are checked by balance.New.
func (c *Config) Check() error { return c.check() }
