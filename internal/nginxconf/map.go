package nginxconf

// Map is one map block. What is in it is left to the tree.
type Map struct {
	Position
	Protocol Protocol
	Source   string // for example "$http_user_agent"
	Variable string // without "$"
}

// mapping reads a map block.
func (c *collector) mapping(directive *Directive, protocol Protocol) error {
	if err := directive.wantBlock(true); err != nil {
		return err
	}
	if err := directive.wantArguments(2, 2, "map $status $loggable {"); err != nil {
		return err
	}
	source := directive.Arguments[0]
	if err := directive.checkWord(source, true); err != nil {
		return err
	}
	variable, err := directive.variableName(directive.Arguments[1])
	if err != nil {
		return err
	}
	c.config.Maps = append(c.config.Maps, &Map{directive.Name.Position, protocol, source.Text, variable})
	return nil
}
