package config

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// shipped are the descriptions that come with the program.
//
//go:embed gateways/*.yaml
var shipped embed.FS

var shippedName = regexp.MustCompile(`^[a-z0-9-]+$`)

// ShippedGateways are the names of the descriptions that come with the program, sorted.
func ShippedGateways() []string {
	var names []string
	entries, _ := shipped.ReadDir("gateways") // embedded: it is there
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// ReadDescription gives the text of a gateway's description: of one of ours when it is a
// bare name, of a file otherwise.
func (p Provider) ReadDescription() ([]byte, error) {
	if shippedName.MatchString(p.Description) {
		text, err := shipped.ReadFile("gateways/" + p.Description + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("there is no description of this name; ours are %s; a file of your own needs a path, such as ./%s.yaml",
				strings.Join(ShippedGateways(), " and "), p.Description)
		}
		return text, nil
	}
	text, err := os.ReadFile(p.Description)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return text, nil
}

// locate makes the paths of descriptions independent of where the program is started: they
// count from the configuration file's folder.
func (c *Config) locate(file string) {
	for i := range c.Providers {
		p := &c.Providers[i]
		if p.Description != "" && !shippedName.MatchString(p.Description) && !filepath.IsAbs(p.Description) {
			p.Description = filepath.Join(filepath.Dir(file), p.Description)
		}
	}
}

// secretVariable is a secret of a provider in the environment: the library knows maps only
// as one variable, and a secret may hold what it parts them with.
var secretVariable = regexp.MustCompile(`^` + Prefix + `PROVIDERS_([0-9]+)_SECRETS_([A-Z0-9_]+)$`)

// readSecrets reads RELANCE_PROVIDERS_0_SECRETS_TOKEN into secrets.token of the first provider.
func (c *Config) readSecrets(vars map[string]string) {
	for name, value := range vars {
		m := secretVariable.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		for i := range c.Providers {
			if p := &c.Providers[i]; m[1] == fmt.Sprint(i) {
				if p.Secrets == nil {
					p.Secrets = Secrets{}
				}
				p.Secrets[strings.ToLower(m[2])] = Secret(value)
			}
		}
	}
}
