package splitclients

import (
	"slices"
	"testing"
)

func TestTemplate(t *testing.T) {
	values := map[string]string{"remote_addr": "10.0.0.1", "http_user_agent": "curl", "cookie_uid": ""}
	for text, want := range map[string]struct {
		variables []string
		key       string
	}{
		"":                  {nil, ""},
		"AAA":               {nil, "AAA"},
		"$remote_addr":      {[]string{"remote_addr"}, "10.0.0.1"},
		"${remote_addr}AAA": {[]string{"remote_addr"}, "10.0.0.1AAA"},
		"$remote_addr-AAA":  {[]string{"remote_addr"}, "10.0.0.1-AAA"},
		"$Remote_Addr":      {[]string{"remote_addr"}, "10.0.0.1"},
		"<$remote_addr$http_user_agent${remote_addr}>": {[]string{"remote_addr", "http_user_agent"}, "<10.0.0.1curl10.0.0.1>"},
		"a${cookie_uid}b${absent}c":                    {[]string{"cookie_uid", "absent"}, "abc"},
		"$10":                                          {[]string{"1"}, "0"},
		"}{":                                           {nil, "}{"},
	} {
		template, err := ParseTemplate(text)
		if err != nil {
			t.Errorf("ParseTemplate(%q): %v", text, err)
			continue
		}
		if got := template.Variables(); !slices.Equal(got, want.variables) {
			t.Errorf("%q: variables %q, want %q", text, got, want.variables)
		}
		key := template.Append(nil, func(i int) []byte { return []byte(values[template.Variables()[i]]) })
		if string(key) != want.key {
			t.Errorf("%q: key %q, want %q", text, key, want.key)
		}
		if template.String() != text {
			t.Errorf("String() = %q, want %q", template.String(), text)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for text, want := range map[string]string{
		"$":      `cannot read key template "$": "$" is not followed by a variable's name, want letters, digits or underscores`,
		"a$-b":   `cannot read key template "a$-b": "$" is not followed by a variable's name, want letters, digits or underscores`,
		"$$a":    `cannot read key template "$$a": "$" is not followed by a variable's name, want letters, digits or underscores`,
		"${":     `cannot read key template "${": closing brace of variable "${" is missing, want "${}"`,
		"${}":    `cannot read key template "${}": "${" is not followed by a variable's name, want letters, digits or underscores`,
		"${a-b}": `cannot read key template "${a-b}": closing brace of variable "${a" is missing, want "${a}"`,
		"x${a":   `cannot read key template "x${a": closing brace of variable "${a" is missing, want "${a}"`,
	} {
		if _, err := ParseTemplate(text); err == nil || err.Error() != want {
			t.Errorf("ParseTemplate(%q):\n got %v\nwant %s", text, err, want)
		}
	}
}
