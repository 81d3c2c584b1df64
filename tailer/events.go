package tailer

// Events reports what happened that is no failure. Every function is optional.
type Events struct {
	// Duplicate is called for an argument that names a file already named, by
	// whichever path: name is dropped, first is read.
	Duplicate func(name, first string)
}

func (e Events) duplicate(name, first string) {
	if e.Duplicate != nil {
		e.Duplicate(name, first)
	}
}
