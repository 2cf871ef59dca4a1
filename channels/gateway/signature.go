package gateway

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
)

// digest is how a signature is made: a hash, keyed or not, and its writing.
type digest struct {
	new    func() hash.Hash
	base64 bool
}

const hashNames, encodingNames = "sha256, sha512, sha1 or md5", "hex or base64"

// digest reads the names of a description; md5 and sha1 are there for gateways that know
// nothing better.
func (c *compiler) digest(path, hashName, encoding string) digest {
	if !slices.Contains([]string{"", "hex", "base64"}, encoding) {
		c.wrong(path+".encoding", "must be %s", encodingNames)
	}
	d := digest{base64: encoding == "base64"}
	switch hashName {
	case "", "sha256":
		d.new = sha256.New
	case "sha512":
		d.new = sha512.New
	case "sha1":
		d.new = sha1.New
	case "md5":
		d.new = md5.New
	default:
		c.wrong(path+".hash", "must be %s", hashNames)
		d.new = sha256.New
	}
	return d
}

// sum is the raw signature of over; an empty key is a plain hash.
func (d digest) sum(key string, over []byte) []byte {
	h := d.new()
	if key != "" {
		h = hmac.New(d.new, []byte(key))
	}
	h.Write(over)
	return h.Sum(nil)
}

func (d digest) write(sum []byte) string {
	if d.base64 {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

// matches tells whether written is the signature of over, in constant time.
func (d digest) matches(key string, over []byte, written string) bool {
	var got []byte
	var err error
	if d.base64 {
		got, err = base64.StdEncoding.DecodeString(written)
	} else {
		got, err = hex.DecodeString(strings.ToLower(written))
	}
	return err == nil && hmac.Equal(got, d.sum(key, over))
}
