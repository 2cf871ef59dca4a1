package channels

import (
	"errors"
	"net/url"
)

// CallbackURL is a message's Callback with its ID added, for a provider that calls an
// address per message.
func CallbackURL(callback, id string) (string, error) {
	u, err := url.Parse(callback)
	if err != nil || u.Host == "" {
		return "", errors.New("the callback is not a whole URL")
	}
	u.RawQuery = address(u, id).Encode()
	return u.String(), nil
}

// Reference is the query of CallbackURL alone, for a provider that calls one address for
// all messages and gives back a reference of ours: see Receipt.Reference.
func Reference(callback, id string) string {
	u, err := url.Parse(callback)
	if err != nil {
		u = &url.URL{}
	}
	return address(u, id).Encode()
}

func address(u *url.URL, id string) url.Values {
	q := u.Query()
	q.Set(CallbackID, id)
	return q
}
