package gateway

import "strings"

// Mistake is one thing to change in a description or in its provider's settings.
type Mistake struct {
	Path   string // "receipts.check", "secrets.token", or "line 12"
	Advice string // what is wrong and what to do
}

// Mistakes are all there are, in the order of the description.
type Mistakes []Mistake

// Error writes one line each.
func (m Mistakes) Error() string {
	var b strings.Builder
	b.WriteString("the description of the gateway needs changes:")
	for _, one := range m {
		b.WriteString("\n  " + one.Path + ": " + one.Advice)
	}
	return b.String()
}
