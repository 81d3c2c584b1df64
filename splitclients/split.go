package splitclients

import "strings"

// Split is one split_clients block.
type Split struct {
	// Key is what keys are made from.
	Key Template

	// Variable is the name of the variable that the block sets, without "$"
	// and in lower case: nginx does not tell the case apart.
	Variable string

	// Rule is the rule by which Table was laid out.
	Rule Rule

	// Table says which part a key belongs to.
	Table Table
}

// Definition is a split_clients block word by word, quotes and escapes undone,
// for callers that read nginx's configuration themselves.
type Definition struct {
	Key      string // for example "${remote_addr}AAA"
	Variable string // with "$"
	Parts    []DefinitionPart

	// Where the first two words stand; for errors only.
	KeyPosition, VariablePosition Position
}

// DefinitionPart is one line of a block.
type DefinitionPart struct {
	Position        // of Percent; for errors only
	Percent  string // for example "0.5%" or "*"
	Value    string
}

// New makes the split that nginx makes of a definition. Errors are of type
// *SyntaxError.
func New(definition Definition, rule Rule) (*Split, error) {
	key, err := ParseTemplate(definition.Key)
	if err != nil {
		return nil, definition.KeyPosition.problem("%v", err)
	}
	variable, found := strings.CutPrefix(definition.Variable, "$")
	if !found || variable == "" {
		return nil, definition.VariablePosition.problem("%q is not a variable, want %q and a name, for example %q",
			definition.Variable, "$", "$variant")
	}
	values := make([]string, len(definition.Parts))
	percents := make([]uint64, len(definition.Parts))
	for i, part := range definition.Parts {
		values[i] = part.Value
		if part.Percent == "*" {
			continue
		}
		percent, ok := parsePercent(part.Percent)
		if !ok {
			return nil, part.problem("%q is not a percentage, want more than zero with at most two decimals and a percent sign, for example %q, or %q",
				part.Percent, "0.5%", "*")
		}
		percents[i] = percent
	}
	table, excess := newTable(values, percents, rule)
	if excess != NoPart {
		return nil, definition.Parts[excess].problem("%q brings the total to more than 100 %%, and %q counts as all that is left",
			definition.Parts[excess].Percent, "*")
	}
	return &Split{key, strings.ToLower(variable), rule, table}, nil
}
