package main

import (
	"bytes"
	_ "embed"
	"io"
)

// The sample: an invented organisation and 200 invented people it invites, with four
// lines that cannot be taken. The phones are of ranges kept for fiction by Arcep.
var (
	//go:embed sample/setup.yaml
	sampleSetup []byte
	//go:embed sample/people.csv
	samplePeople []byte
)

const (
	sampleOrganisation = "departement-exemple"
	sampleService      = "orientation"
	sampleKey          = "integration"
)

// sampleBody is the sample people as a body to post, and its size.
func sampleBody() (io.Reader, int64) {
	return bytes.NewReader(samplePeople), int64(len(samplePeople))
}
