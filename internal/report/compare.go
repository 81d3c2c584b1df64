package report

import (
	"fmt"
	"io"
)

// compareSchema names the form of the document that compare writes; see schema.
const compareSchema = "splitgauge.compare/1"

// WriteCompareJSON writes the experiments of a report as one indented JSON document
// of the schema "splitgauge.compare/1": the same objects as in a report's document,
// with the promises of WriteJSON. What is not finite, such as the open end of an
// interval, is null.
func WriteCompareJSON(w io.Writer, r *Report) error {
	document := struct {
		Schema      string               `json:"schema"`
		Experiments []documentExperiment `json:"experiments"`
	}{compareSchema, newExperiments(r.Snapshot.Assignments, r.Experiments)}
	text, err := JSON(document, "  ")
	if err != nil {
		return fmt.Errorf("cannot encode the comparison: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
