package agent

import (
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
	"github.com/splitgauge/splitgauge/tailer"
)

// Of a file's start, this much is looked at to tell its format and its time.
const (
	headLines = 1000
	headBytes = 4 << 20
)

// formats says how each input is read: by the format that was asked for, else by
// the one that nginx's configuration gives it, else by the one that fits.
type formats struct {
	config *Reading

	fixed *parser.Format // the one that was asked for; nil for auto
	text  bool           // fixed is no JSON
	json  *parser.Format // for JSON documents
	auto  []*parser.Format

	nginx   *nginx // nil where none applies
	problem error  // why the one of this host does not; may be nil
	log     *nginxconf.AccessLog

	general *splitSet // of logs that nginx's configuration does not name
	named   *splitSet // of those that it names

	compiled map[compiledKey]*parser.Format
}

// compiledKey is a format of nginx, read for a set of splits.
type compiledKey struct {
	format *nginxconf.LogFormat
	splits *splitSet
}

// told is how a source is read, and why.
type told struct {
	format *parser.Format
	splits *splitSet
	reason string
	first  int64 // event time of the first request, or parser.NoTime
}

func newFormats(config *Reading) (*formats, error) {
	f := &formats{config: config, compiled: make(map[compiledKey]*parser.Format)}
	var err error
	if f.nginx, f.problem, err = loadNginx(config); err != nil {
		return nil, err
	}
	if err := f.chooseSplits(); err != nil {
		return nil, err
	}
	if config.Log != "" {
		if f.nginx == nil || !f.nginx.asked {
			return nil, fmt.Errorf("cannot find log %q: want --nginx-conf with it", config.Log)
		}
		if f.log, err = f.nginx.logNamed(config.Log); err != nil {
			return nil, err
		}
	}
	return f, f.addFormats()
}

// chooseSplits settles which splits apply to which logs: the one that was asked
// for to all; those of a configuration that was asked for to all, those of this
// host's to the logs that it names.
func (f *formats) chooseSplits() error {
	if f.config.Split != nil {
		f.general = newSplitSet([]*splitclients.Split{f.config.Split}, f.config.Variant, "as given")
		f.named = f.general
		return nil
	}
	f.general = newSplitSet(nil, f.config.Variant, "")
	f.named = f.general
	if f.nginx != nil && len(f.nginx.splits) > 0 {
		f.named = newSplitSet(f.nginx.splits, f.config.Variant, "from "+f.nginx.name)
		if f.nginx.asked {
			f.general = f.named
		}
	}
	return nil
}

// addFormats compiles the formats that need no configuration, and the one that
// was asked for.
func (f *formats) addFormats() (err error) {
	options := f.options(f.general)
	if f.json, err = parser.JSON(options); err != nil {
		return err
	}
	builtin := make(map[string]*parser.Format)
	for name, text := range map[string]string{"combined": parser.CombinedText, "common": parser.CommonText} {
		options.Name = name
		if builtin[name], err = parser.Compile(text, options); err != nil {
			return err
		}
	}
	options.Name = "the log_format given"
	switch name := f.config.Format; name {
	case "", "auto":
		f.auto = []*parser.Format{builtin["combined"], builtin["common"], f.json}
		f.addNginxFormats()
	case "combined", "common":
		f.fixed, f.text = builtin[name], true
	case "json":
		f.fixed = f.json
	default:
		if !strings.Contains(name, "$") {
			return fmt.Errorf("cannot use format %q: want auto, combined, common, json, or the text of a log_format with its $variables", name)
		}
		f.text = true
		f.fixed, err = parser.Compile(name, options)
	}
	return err
}

// addNginxFormats makes the formats of nginx's configuration candidates.
func (f *formats) addNginxFormats() {
	if f.nginx == nil {
		return
	}
	for _, format := range f.nginx.config.LogFormats {
		if compiled, err := f.compile(format, f.general); err == nil && format.Protocol == nginxconf.HTTP && format.Name != "combined" {
			f.auto = append(f.auto, compiled)
		}
	}
}

// options returns how lines are read for a set of splits.
func (f *formats) options(splits *splitSet) parser.Options {
	return parser.Options{
		Escape:       f.config.Escape,
		Variants:     splits.variants(f.config.Variant),
		Values:       splits.values,
		UpstreamName: f.config.UpstreamName,
		Host:         f.config.Hosts,
		Keys:         f.config.Keys,
	}
}

// compile returns a format of nginx, read for a set of splits.
func (f *formats) compile(format *nginxconf.LogFormat, splits *splitSet) (*parser.Format, error) {
	key := compiledKey{format, splits}
	if known, ok := f.compiled[key]; ok {
		return known, nil
	}
	options := f.options(splits)
	options.Name = "log_format " + format.Name
	var err error
	if options.Escape, err = parser.ParseEscape(format.Escape); err != nil {
		return nil, err
	}
	compiled, err := parser.Compile(format.Text, options)
	if err != nil {
		return nil, err
	}
	f.compiled[key] = compiled
	return compiled, nil
}

// variantValues are the values that the primary splits can give.
func (f *formats) variantValues() []string {
	return append(f.general.variantValues(), f.named.variantValues()...)
}

// tell settles how a source is read from its name and its start. An error that
// reading it meets here is met again, and reported, when it is read whole.
func (f *formats) tell(source *tailer.Source) told {
	lines, _ := source.Head(headLines, headBytes)
	t := f.choose(source, lines)
	t.first = firstTime(lines, t.format)
	return t
}

func (f *formats) choose(source *tailer.Source, lines [][]byte) told {
	log := f.log
	if log == nil && f.nginx != nil {
		log = f.nginx.logOf(source.Name)
	}
	splits := f.general
	if log != nil {
		splits = f.named
	}
	problem := ""
	switch {
	case f.fixed != nil:
		if f.text {
			source.Document = false // text may begin with a bracket
		}
		return told{format: f.fixed, splits: f.general}
	case log != nil:
		format, err := f.compile(log.Format, splits)
		if err == nil {
			source.Document = false
			return told{format: format, splits: splits, reason: "access_log at " + log.Position.String()}
		}
		problem = fmt.Sprintf("; log_format %s at %s is of no use: %v", log.Format.Name, log.Format.Position, err)
	case source.Document:
		return told{format: f.json, splits: f.general, reason: "one JSON document"}
	}
	format, fits, ok := parser.Detect(lines, f.auto)
	t := told{format: format, splits: f.general}
	switch {
	case len(lines) == 0:
		t.reason = "nothing to tell it from"
	case !ok:
		t.reason = fmt.Sprintf("a guess: none of the first %d lines fits any format known", len(lines))
	default:
		t.reason = fmt.Sprintf("told from the first %d lines, of which %d fit", len(lines), fits)
	}
	t.reason += problem
	return t
}

// firstTime returns the event time of the first request of lines that has one.
func firstTime(lines [][]byte, format *parser.Format) int64 {
	p := format.NewParser()
	var e parser.Entry
	for _, line := range lines {
		if p.Parse(line, &e) != parser.Unparsed && e.Time != parser.NoTime {
			return e.Time
		}
	}
	return parser.NoTime
}
