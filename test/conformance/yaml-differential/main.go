// Reads one base64 document per line and answers each with the JSON that sigs.k8s.io/yaml makes of it, or with an
// empty line where it refuses the document.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	for lines.Scan() {
		document, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		answer, err := yaml.YAMLToJSON(document)
		if err != nil {
			answer = nil
		}
		fmt.Fprintf(answers, "%s\n", answer)
	}
}
