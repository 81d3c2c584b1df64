package nginxconf

import (
	"errors"

	"github.com/splitgauge/splitgauge/splitclients"
)

// SplitClients is one split_clients block.
type SplitClients struct {
	Position
	Protocol Protocol

	// Definition is the block word by word, for splitclients.New, which takes
	// it without error. Its places are in the file of Position.
	Definition splitclients.Definition
}

// splitClients reads a split_clients block.
func (c *collector) splitClients(directive *Directive, protocol Protocol) error {
	if err := directive.wantBlock(true); err != nil {
		return err
	}
	if err := directive.wantArguments(2, 2, `split_clients "${remote_addr}AAA" $variant {`); err != nil {
		return err
	}
	key, variable := directive.Arguments[0], directive.Arguments[1]
	definition := splitclients.Definition{
		Key: key.Text, KeyPosition: inFile(key),
		Variable: variable.Text, VariablePosition: inFile(variable),
	}
	for _, part := range directive.Block {
		if len(part.Arguments) != 1 {
			return part.problem("part %q has %d %s after it, want one, a value, for example `%s`",
				part.Name.Text, len(part.Arguments), plural(len(part.Arguments), "word"), "0.5% .one;")
		}
		definition.Parts = append(definition.Parts, splitclients.DefinitionPart{
			Position: inFile(part.Name),
			Percent:  part.Name.Text,
			Value:    part.Arguments[0].Text,
		})
	}
	// Every rule refuses the same blocks.
	if _, err := splitclients.New(definition, splitclients.RuleNewest); err != nil {
		return splitProblem(directive, err)
	}
	c.config.SplitClients = append(c.config.SplitClients, &SplitClients{directive.Name.Position, protocol, definition})
	return nil
}

// inFile returns where a word is in its file.
func inFile(word Word) splitclients.Position {
	return splitclients.Position{Line: word.Line, Column: word.Column}
}

// splitProblem puts an error of splitclients where the block is.
func splitProblem(directive *Directive, err error) error {
	var syntax *splitclients.SyntaxError
	if !errors.As(err, &syntax) {
		return directive.problem("%v", err)
	}
	at := Position{directive.Name.File, syntax.Line, syntax.Column}
	for _, part := range directive.Block {
		if part.Name.Position == at {
			directive = part
		}
	}
	return directive.problemAt(at, "%s", syntax.Problem)
}
