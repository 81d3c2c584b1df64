package tailer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LiveFiles returns the logs that pattern, a name or a glob, stands for now, in
// the order of their names. A name without a glob, or one that a file has, stands
// for itself, there or not.
//
// Of what a glob matches, those files are left out that are not written: hidden
// ones, those that compression or rotation has renamed (access.log.1,
// access.log-20261125, access.log.old; access-20261125.log and access.1.log
// beside an access.log), and all that are no regular files. A link to a file
// stands for it, and comes before the name that it leads to; none is returned
// twice under two names.
func LiveFiles(pattern string) ([]string, error) {
	if pattern == "" {
		return nil, errors.New("the name of a log is empty; name a file or a glob")
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		return []string{pattern}, nil
	}
	if _, err := os.Lstat(pattern); err == nil {
		return []string{pattern}, nil
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("cannot use %q: neither a file nor a valid glob (%w); an opening [ needs its ]", pattern, err)
	}
	hidden := strings.HasPrefix(filepath.Base(pattern), ".")
	names = slices.DeleteFunc(names, func(name string) bool {
		return isPutAside(name) || !hidden && strings.HasPrefix(filepath.Base(name), ".")
	})
	names = existingFiles(names)
	slices.Sort(names)
	return names, nil
}

// isPutAside tells from a name that the log goes on in another file.
func isPutAside(name string) bool {
	base := filepath.Base(name)
	extension := filepath.Ext(base)
	switch extension {
	case ".gz", ".zst", ".bz2", ".xz", ".lz4", ".lzma", ".zip", ".Z":
		return true
	case ".old", ".bak", ".orig", ".save":
		return true
	}
	if strings.HasSuffix(base, "~") || parseRotatedName(base).rotation != notRotated {
		return true
	}
	// logrotate's "extension" puts the date or the number before the extension.
	// That is a log of its own all the same, unless there is the one without.
	front := parseRotatedName(strings.TrimSuffix(base, extension))
	if extension == "" || front.rotation == notRotated {
		return false
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(name), front.stem+extension))
	return err == nil && info.Mode().IsRegular()
}

// existingFiles returns those of names that stand for regular files, one name
// for each. One that nobody can tell what it is stays: whoever follows it says
// what is wrong.
func existingFiles(names []string) (files []string) {
	type file struct {
		name string
		info fs.FileInfo
		link bool
	}
	var known []file
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			files = append(files, name)
			continue
		case !info.Mode().IsRegular():
			continue
		}
		itself, err := os.Lstat(name)
		link := err == nil && itself.Mode()&fs.ModeSymlink != 0
		at := slices.IndexFunc(known, func(other file) bool { return os.SameFile(other.info, info) })
		switch {
		case at < 0:
			known = append(known, file{name, info, link})
		case link && !known[at].link:
			known[at] = file{name, info, link}
		}
	}
	for _, file := range known {
		files = append(files, file.name)
	}
	return files
}
