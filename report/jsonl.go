package report

import (
	"bytes"
	"encoding/json"
	"io"

	"usher/store"
)

// jsonEncoder writes JSON Lines: the columns of a row by name, and the input's
// own columns in an object "extra", in their order.
type jsonEncoder struct {
	out   *json.Encoder
	names []string
}

func newJSONEncoder(w io.Writer, names []string) *jsonEncoder {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return &jsonEncoder{out, names}
}

func (e *jsonEncoder) begin() error { return nil }

func (e *jsonEncoder) write(page []store.Applicant) error {
	for i := range page {
		line := struct {
			row
			Extra pairs `json:"extra"`
		}{newRow(&page[i]), pairs{e.names, extraOf(&page[i], e.names)}}
		if err := e.out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func (e *jsonEncoder) end() error { return nil }

func (e *jsonEncoder) close() error { return nil }

// pairs is a JSON object that keeps the order of its names.
type pairs struct{ names, values []string }

// MarshalJSON implements [json.Marshaler].
func (p pairs) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, name := range p.names {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := out.Encode(name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := out.Encode(p.values[i]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil // the outer encoder takes the line ends out
}
