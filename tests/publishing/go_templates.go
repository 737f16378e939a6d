// Runs templates with Go's own text/template, as Ollama does, and holds what comes out against what is wanted.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
)

type message struct{ Role, Content string }

type trial struct {
	Name, Template, Wanted string
	Messages               []message
}

func main() {
	var trials []trial
	if err := json.NewDecoder(os.Stdin).Decode(&trials); err != nil {
		panic(err)
	}
	for _, one := range trials {
		var out bytes.Buffer
		parsed, err := template.New(one.Name).Parse(one.Template)
		if err == nil {
			err = parsed.Execute(&out, map[string]any{"Messages": one.Messages})
		}
		fmt.Printf("%s %t\n", one.Name, err == nil && out.String() == one.Wanted)
	}
}
