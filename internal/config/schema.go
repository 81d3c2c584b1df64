package config

import (
	"encoding/json"
	"io"
)

// schema is the part of JSON Schema (draft 2020-12) that describes the file.
type schema struct {
	Dialect     string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Default     any                `json:"default,omitempty"`
	Examples    []string           `json:"examples,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	AnyOf       []*schema          `json:"anyOf,omitempty"`

	// Additional is false for mappings whose keys are known, else what every
	// value is.
	Additional any `json:"additionalProperties,omitempty"`
}

// WriteSchema writes a JSON schema of the file, for editors.
func WriteSchema(w io.Writer) error {
	table := keys()
	s := schemaOf(&table)
	s.Dialect = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "The configuration of splitgauge run"
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(s)
}

func schemaOf(k *key) *schema {
	s := &schema{Description: k.about, Enum: k.choices}
	if k.usual != "" {
		s.Default = k.usual
	}
	switch k.kind {
	case mapping:
		s.Type, s.Additional, s.Properties = "object", false, make(map[string]*schema)
		for i := range k.keys {
			s.Properties[k.keys[i].name] = schemaOf(&k.keys[i])
		}
	case list:
		item := *k
		item.kind, item.about = mapping, ""
		s.Type, s.Items = "array", schemaOf(&item)
		if k.plain != nil {
			s.Items = &schema{AnyOf: []*schema{{Type: "string"}, s.Items}}
		}
	case words:
		s.Type, s.Items = "array", &schema{Type: "string", Enum: k.choices}
		s.Enum = nil
	case texts:
		s.Type, s.Additional = "object", &schema{Type: "string"}
	case boolean:
		s.Type, s.Default = "boolean", k.usual == "true"
	case duration:
		s.Type, s.Pattern = "string", `^[0-9.]+(ns|us|ms|s|m|h)([0-9.]+(ns|us|ms|s|m|h))*$`
	case size:
		s.Pattern = `^[0-9]+ ?(KiB|MiB)?$`
	default:
		s.Type = "string"
		if k.example != "" {
			s.Examples = []string{k.example}
		}
	}
	return s
}
