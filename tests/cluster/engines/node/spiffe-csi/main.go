// Command spiffe-csi gives pods the socket of the SPIFFE Workload API as a volume.
//
// It stands in for https://github.com/spiffe/spiffe-csi under the same driver name, so that the manifests of the services
// are those of production. It does what that driver does for an ephemeral volume: a read-only bind mount of the directory
// that holds the agent's socket, and nothing else.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"os"
	"path/filepath"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

const driver = "csi.spiffe.io"

func main() {
	node := flag.String("node", "", "the name of this node")
	sockets := flag.String("workload-api", "", "the directory with the agent's socket")
	kubelet := flag.String("kubelet", "/var/lib/kubelet", "the kubelet's directory")
	flag.Parse()
	if err := run(*node, *sockets, *kubelet); err != nil {
		log.Fatal(err)
	}
}

func run(node, sockets, kubelet string) error {
	if node == "" || sockets == "" {
		return errors.New("-node and -workload-api are required")
	}
	endpoint := filepath.Join(kubelet, "plugins", driver, "csi.sock")
	plugin := grpc.NewServer()
	csi.RegisterIdentityServer(plugin, &identity{})
	csi.RegisterNodeServer(plugin, &publisher{node: node, sockets: sockets})
	registrar := grpc.NewServer()
	registration.RegisterRegistrationServer(registrar, &registrant{endpoint: endpoint})

	ended := make(chan error, 2)
	for path, server := range map[string]*grpc.Server{
		endpoint: plugin,
		filepath.Join(kubelet, "plugins_registry", driver+"-reg.sock"): registrar,
	} {
		listener, err := listen(path)
		if err != nil {
			return err
		}
		go func() { ended <- server.Serve(listener) }()
	}
	return <-ended
}

// listen replaces what an earlier process left at path.
func listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}

// registrant tells the kubelet where the driver listens
// (https://github.com/kubernetes/kubelet/blob/master/pkg/apis/pluginregistration/v1/api.proto).
type registrant struct {
	registration.UnsafeRegistrationServer
	endpoint string
}

func (r *registrant) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: registration.CSIPlugin, Name: driver, Endpoint: r.endpoint, SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (r *registrant) NotifyRegistrationStatus(
	_ context.Context, status *registration.RegistrationStatus,
) (*registration.RegistrationStatusResponse, error) {
	if !status.PluginRegistered {
		log.Fatalf("the kubelet refused the driver: %s", status.Error)
	}
	return &registration.RegistrationStatusResponse{}, nil
}
