package aggregator

// counters counts by small integer keys: an open-addressing hash table, which
// takes memory for the combinations that occur and not for those that could.
type counters struct {
	keys   []uint32 // key+1; 0 is free
	counts []int64
	used   int
}

func newCounters() *counters {
	return &counters{keys: make([]uint32, 256), counts: make([]int64, 256)}
}

// add adds 1 to the count of key, which is below 1<<32 - 1.
func (c *counters) add(key uint32) { c.addMany(key, 1) }

// addMany adds n to the count of key.
func (c *counters) addMany(key uint32, n int64) {
	i := c.place(key)
	if c.keys[i] == 0 {
		c.keys[i] = key + 1
		if c.used++; 2*c.used > len(c.keys) {
			c.grow()
			i = c.place(key)
		}
	}
	c.counts[i] += n
}

// has reports whether key was counted.
func (c *counters) has(key uint32) bool { return c.keys[c.place(key)] != 0 }

// place returns where key is or belongs.
func (c *counters) place(key uint32) uint32 {
	mask := uint32(len(c.keys) - 1)
	i := (key * 0x9E3779B1) >> 7 & mask // Knuth's multiplicative hash
	for c.keys[i] != 0 && c.keys[i] != key+1 {
		i = (i + 1) & mask
	}
	return i
}

func (c *counters) grow() {
	old := *c
	c.keys, c.counts = make([]uint32, 2*len(old.keys)), make([]int64, 2*len(old.keys))
	for i, stored := range old.keys {
		if stored != 0 {
			j := c.place(stored - 1)
			c.keys[j], c.counts[j] = stored, old.counts[i]
		}
	}
}

// each calls visit for every key that was counted, in no order.
func (c *counters) each(visit func(key uint32, count int64)) {
	for i, stored := range c.keys {
		if stored != 0 {
			visit(stored-1, c.counts[i])
		}
	}
}
