package gateway

import (
	"time"

	"go.yaml.in/yaml/v3"
)

// Description is one gateway, as its file says it. Strings marked "template" are Liquid.
type Description struct {
	// Documentation are the pages of the gateway that the file was written from; for people.
	Documentation any `yaml:"documentation"`
	// Send is the request that gives the gateway one message.
	Send Request `yaml:"send"`
	// Answer reads what comes back.
	Answer Answer `yaml:"answer"`
	// Receipts and Inbound are the gateway's calls to us; nil when it makes none.
	Receipts *Hook `yaml:"receipts"`
	Inbound  *Hook `yaml:"inbound"`
	// Find looks a message up after an unknown outcome; nil when the gateway cannot.
	Find *Find `yaml:"find"`
	// Probe is a request that sends nothing and needs the credentials; nil when there is none.
	Probe *Request `yaml:"probe"`
}

// Request is one request to the gateway. At most one of Form and JSON.
type Request struct {
	Method  string            `yaml:"method"`  // default POST to send, GET otherwise
	URL     string            `yaml:"url"`     // template; values in it are escaped
	Query   map[string]string `yaml:"query"`   // templates; an empty result is left out
	Headers map[string]string `yaml:"headers"` // templates; an empty result is left out
	Form    map[string]string `yaml:"form"`    // templates; an empty result is left out
	JSON    any               `yaml:"json"`    // a tree whose strings are templates
	Auth    *Auth             `yaml:"auth"`
	Sign    *Sign             `yaml:"sign"`
}

// Auth is one of the usual ways to authenticate; another header stands in Headers.
type Auth struct {
	Bearer string     `yaml:"bearer"` // template of the token
	Basic  *BasicAuth `yaml:"basic"`
}

// BasicAuth is HTTP basic authentication. Both are templates.
type BasicAuth struct {
	Username string `yaml:"username"`
	Password string `yaml:"password"`
}

// Sign puts a signature of the request into a header.
type Sign struct {
	Header string `yaml:"header"`
	Prefix string `yaml:"prefix"` // before the signature, such as "sha256="
	// Over is a template of what is signed: {{ body }}, {{ url }}, {{ method }}, {{ timestamp }}.
	Over     string `yaml:"over"`
	Key      string `yaml:"key"`      // template; empty: a plain hash, the secret being in Over
	Hash     string `yaml:"hash"`     // sha256 (default), sha512, sha1, md5
	Encoding string `yaml:"encoding"` // hex (default), base64
}

// Answer reads the answer to Send.
type Answer struct {
	// Read is json (default), or text: then paths are patterns (RE2) whose first group is the value.
	Read     string   `yaml:"read"`
	Accepted []string `yaml:"accepted"` // HTTP statuses that can mean taken; default 2xx
	ID       Paths    `yaml:"id"`       // of the gateway's own id of the message
	Code     Paths    `yaml:"code"`     // of its result or error code
	OK       []string `yaml:"ok"`       // codes that mean taken; empty: any answer of an accepted status
	// Codes and Statuses give classes: see classes.go. A key may end in * or be 4xx, 5xx.
	Codes    map[string]string `yaml:"codes"`
	Statuses map[string]string `yaml:"statuses"`
	// State and States tell a message that was taken and has failed already.
	State  Paths             `yaml:"state"`
	States map[string]string `yaml:"states"`
}

// Hook is one kind of call of the gateway to us: a receipt, or a message that came in.
type Hook struct {
	Method string `yaml:"method"` // default GET when Read is query, else POST
	Read   string `yaml:"read"`   // where the fields are: json (default), form, query, jwt
	Check  *Check `yaml:"check"`
	List   string `yaml:"list"` // path of an array when one call tells of several; fields are then each item's
	Reply  Reply  `yaml:"reply"`

	// Of receipts.
	ID        Paths             `yaml:"id"`        // of the gateway's id of the message
	Reference Paths             `yaml:"reference"` // of {{ reference }}; without it each message has its {{ callback }}
	State     Paths             `yaml:"state"`
	States    map[string]string `yaml:"states"`
	Code      Paths             `yaml:"code"`
	Codes     map[string]string `yaml:"codes"`
	At        Paths             `yaml:"at"`
	AtFormat  string            `yaml:"at_format"` // unix (default), unix_ms, rfc3339 or a layout of Go

	// Of messages that came in, with ID.
	From Paths `yaml:"from"`
	To   Paths `yaml:"to"`
	Text Paths `yaml:"text"`
	// Handled is where the gateway says that it dealt with a STOP or a START and answered itself;
	// HandledAs reads its words, exact, as stop, start or help.
	Handled   Paths             `yaml:"handled"`
	HandledAs map[string]string `yaml:"handled_as"`
}

// Reply is what the gateway wants to read once its call was recorded.
type Reply struct {
	Status      int    `yaml:"status"` // default: any 2xx
	ContentType string `yaml:"content_type"`
	Body        string `yaml:"body"`
}

// Check is how a call is known to be the gateway's: exactly one of them.
type Check struct {
	Header *Shared    `yaml:"header"` // a secret in a header
	Query  *Shared    `yaml:"query"`  // a secret in the address
	Basic  *BasicAuth `yaml:"basic"`
	HMAC   *HMAC      `yaml:"hmac"`
	JWT    *JWT       `yaml:"jwt"`
}

// Shared is a secret both sides know. Value is a template.
type Shared struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// HMAC is a keyed signature over the body or over the parameters.
type HMAC struct {
	Header    string `yaml:"header"`    // where the signature stands: a header
	Parameter string `yaml:"parameter"` // or a parameter of the call
	Prefix    string `yaml:"prefix"`
	Key       string `yaml:"key"`      // template
	Hash      string `yaml:"hash"`     // as in Sign
	Encoding  string `yaml:"encoding"` // as in Sign; hex in either case
	// Over is body (default), or parameters: "&name=value" of each but the signature, by
	// name, with & and = in values written as _.
	Over string `yaml:"over"`
}

// JWT is a JSON web token signed with HS256.
type JWT struct {
	Header string `yaml:"header"`
	Prefix string `yaml:"prefix"` // such as "Bearer "
	Key    string `yaml:"key"`    // template
	// BodyClaim is the claim with the hex SHA-256 of the body, when the fields are not
	// read from the token itself.
	BodyClaim string `yaml:"body_claim"`
}

// Find looks a message up.
type Find struct {
	Request  `yaml:",inline"`
	NotFound []string `yaml:"not_found"` // HTTP statuses that mean there is none
	List     string   `yaml:"list"`      // path of the array of what was found; without it the answer is the message
	// Most is how many the gateway lists at most: a full list without the message is no proof.
	Most int `yaml:"most"`
	// Match are paths and the template each must equal; empty when the request asks for one message.
	Match map[string]string `yaml:"match"`
	// Wait is how long after the attempt the gateway is sure to list it.
	Wait   time.Duration     `yaml:"wait"`
	ID     Paths             `yaml:"id"`
	State  Paths             `yaml:"state"`
	States map[string]string `yaml:"states"`
	Code   Paths             `yaml:"code"`
	Codes  map[string]string `yaml:"codes"`
}

// Paths are places of one value in an answer; the first that holds something counts.
// A path is names and positions joined by points: "messages.0.message-id".
type Paths []string

// UnmarshalYAML takes one path or a list of them.
func (p *Paths) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*p = Paths{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*p = list
	return nil
}
