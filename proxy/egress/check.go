package egress

// Check says what is wrong with a configuration, short of opening its address.
func (c Config) Check() error {
	_, err := newAllowlist(c.withDefaults())
	return err
}
