// Command hyperkube is the Kubernetes control plane in one file, as the binary of that name was: it runs the server
// that it is called by (`kube-apiserver`), or that its first argument names (`hyperkube apiserver`).
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// Only the constructor that is asked for may be called: each one claims the process's signal handler.
var servers = map[string]func() *cobra.Command{
	"apiserver":          apiserver.NewAPIServerCommand,
	"controller-manager": controllermanager.NewControllerManagerCommand,
	"scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
}

func main() {
	name := filepath.Base(os.Args[0])
	if name == "hyperkube" && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	server, known := servers[strings.TrimPrefix(name, "kube-")]
	if !known {
		fmt.Fprintln(os.Stderr, "usage: hyperkube apiserver|controller-manager|scheduler [FLAGS]")
		os.Exit(2)
	}
	os.Exit(cli.Run(server()))
}
