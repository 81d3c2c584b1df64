package nginxconf

import "strings"

// LogFormat is one log_format.
type LogFormat struct {
	Position // zero for "combined", which nginx has by itself
	Protocol Protocol
	Name     string

	// Text is all pieces joined, quotes and escapes undone. A variable is put
	// in braces where the next piece would run on with its name.
	Text string

	// Escape is how values are written: "default", "json" or "none".
	Escape string
}

// combined returns the format that nginx has by itself.
func combined() *LogFormat {
	return &LogFormat{
		Protocol: HTTP,
		Name:     "combined",
		Text: `$remote_addr - $remote_user [$time_local] "$request" ` +
			`$status $body_bytes_sent "$http_referer" "$http_user_agent"`,
		Escape: "default",
	}
}

// logFormat reads a log_format statement.
func (c *collector) logFormat(directive *Directive, protocol Protocol) error {
	if err := directive.wantBlock(false); err != nil {
		return err
	}
	if len(directive.Arguments) < 2 {
		return directive.wantArguments(2, 2, `log_format main '$remote_addr [$time_local] "$request" $status';`)
	}
	name := directive.Arguments[0]
	if other := c.declared[key{protocol, name.Text}]; other != nil {
		return directive.problemAt(name.Position, "log format %q is there already, from %v, want another name", name.Text, other.Position)
	}
	format := &LogFormat{Position: directive.Name.Position, Protocol: protocol, Name: name.Text, Escape: "default"}
	pieces := directive.Arguments[1:]
	if escape, found := strings.CutPrefix(pieces[0].Text, "escape="); found {
		switch escape {
		case "default", "json", "none":
			format.Escape = escape
		default:
			return directive.problemAt(pieces[0].Position, "escape %q is not known, want %q, %q or %q", escape, "default", "json", "none")
		}
		pieces = pieces[1:]
	}
	for _, piece := range pieces {
		if err := directive.checkWord(piece, false); err != nil {
			return err
		}
	}
	format.Text = joinPieces(pieces)
	c.addFormat(format)
	return nil
}

func (c *collector) addFormat(format *LogFormat) {
	c.config.LogFormats = append(c.config.LogFormats, format)
	c.declared[key{format.Protocol, format.Name}] = format
	if c.format(format.Protocol, format.Name) == nil {
		c.formats[key{format.Protocol, lowerCase(format.Name)}] = format
	}
}

// joinPieces joins the pieces of a format, each of which nginx reads by itself.
func joinPieces(pieces []Word) string {
	var text string
	for _, piece := range pieces {
		if piece.Text == "" {
			continue
		}
		if dollar := lastVariable(text); dollar >= 0 && isNameByte(piece.Text[0]) {
			text = text[:dollar] + "${" + text[dollar+1:] + "}"
		}
		text += piece.Text
	}
	return text
}

// lastVariable returns where the variable is with which the text ends, or -1
// if it ends with none or with one in braces.
func lastVariable(text string) int {
	end := len(text)
	for end > 0 && isNameByte(text[end-1]) {
		end--
	}
	if end == 0 || end == len(text) || text[end-1] != '$' {
		return -1
	}
	return end - 1
}

// format returns the first format of that name, whose case does not matter, or
// nil.
func (c *collector) format(protocol Protocol, name string) *LogFormat {
	return c.formats[key{protocol, lowerCase(name)}]
}

// formatNames lists the formats that there are so far, for a message.
func (c *collector) formatNames(protocol Protocol) string {
	const most = 10
	var names []string
	for _, format := range c.config.LogFormats {
		if format.Protocol == protocol && len(names) < most {
			names = append(names, quoteStart(format.Name))
		}
	}
	if len(names) == 0 {
		return "a log_format before this line"
	}
	return "a log_format before this line, or one of " + strings.Join(names, ", ")
}
