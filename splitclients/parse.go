package splitclients

// Parse reads one whole split_clients block as it stands in nginx.conf:
//
//	split_clients "${remote_addr}AAA" $variant {
//	    0.5%  .one;
//	    2.0%  .two;   # comments are fine
//	    *     "";
//	}
//
// Errors are of type *SyntaxError.
func Parse(text string, rule Rule) (*Split, error) {
	definition, err := parseDefinition(text)
	if err != nil {
		return nil, err
	}
	return New(definition, rule)
}

// parseDefinition reads a block without judging its words.
func parseDefinition(text string) (Definition, error) {
	r := reader{text: text, line: 1}
	words, end, at, err := r.statement()
	if err != nil {
		return Definition{}, err
	}
	if len(words) == 0 || words[0].text != "split_clients" {
		found := "end of text"
		if len(words) > 0 {
			found, at = words[0].text, words[0].Position
		} else if end != 0 {
			found = string(end)
		}
		return Definition{}, at.problem("unexpected %q, want %q", found, "split_clients")
	}
	if end != '{' {
		return Definition{}, at.problem("unexpected %q, want %q", string(end), "{")
	}
	if len(words) != 3 {
		return Definition{}, words[0].problem("%q has %d words after it, want two, a key and a variable, for example %q",
			words[0].text, len(words)-1, `"${remote_addr}AAA" $variant`)
	}
	definition := Definition{
		Key: words[1].text, KeyPosition: words[1].Position,
		Variable: words[2].text, VariablePosition: words[2].Position,
	}
	for {
		part, end, err := parsePart(&r)
		if err != nil {
			return Definition{}, err
		}
		if end {
			break
		}
		definition.Parts = append(definition.Parts, part)
	}
	if r.skipBlanks(); !r.done() {
		return Definition{}, r.position().problem("unexpected %q after the block, want nothing", r.quoteNext())
	}
	return definition, nil
}

// parsePart reads one line of a block, or the brace that ends it.
func parsePart(r *reader) (part DefinitionPart, end bool, err error) {
	words, terminator, at, err := r.statement()
	switch {
	case err != nil:
		return part, false, err
	case terminator == 0:
		return part, false, at.problem("unexpected end of text, want %q", "}")
	case terminator == '}':
		return part, true, nil
	case terminator == '{':
		return part, false, at.problem("unexpected %q, want %q", "{", ";")
	case len(words) != 2:
		return part, false, words[0].problem("part %q has %d words, want two, a percentage and a value, for example %q",
			words[0].text, len(words), `0.5% .one;`)
	}
	return DefinitionPart{words[0].Position, words[0].text, words[1].text}, false, nil
}
