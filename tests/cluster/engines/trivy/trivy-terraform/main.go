// Command trivy-terraform scans directories of Terraform for misconfiguration with trivy's own engine and the checks
// of trivy-checks that are compiled into it.
//
// trivy's command does the same and brings image, package and cloud scanners along, whose build takes several times as
// long. What is used of trivy here is what its command calls for Terraform, so findings and `trivy:ignore` are the same.
//
//	trivy-terraform DIRECTORY
//
// It prints one JSON object for each result: check, status (failed, ignored, passed), resource, file, line. Any finding
// is for the caller to judge; the exit code only says whether the scan was done.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scan"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/terraform"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/terraform/parser"
	"github.com/aquasecurity/trivy/pkg/log"
)

// result is one check of one resource.
type result struct {
	Check    string `json:"check"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
	Status   string `json:"status"`
	Resource string `json:"resource"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

var statuses = map[scan.Status]string{
	scan.StatusFailed:  "failed",
	scan.StatusPassed:  "passed",
	scan.StatusIgnored: "ignored",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: trivy-terraform DIRECTORY")
		os.Exit(2)
	}
	if err := report(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "trivy-terraform:", err)
		os.Exit(1)
	}
}

func report(ctx context.Context, directory string) error {
	// What it cannot read or resolve, it tells on the standard error.
	log.InitLogger(false, false)
	scanner := terraform.New(
		rego.WithEmbeddedPolicies(true),
		rego.WithEmbeddedLibraries(true),
		// Not only the first directory that can be applied.
		terraform.ScannerWithAllDirectories(true),
	)
	// Every module comes from the tree: nothing is fetched.
	scanner.AddParserOptions(parser.OptionWithDownloads(false))
	results, err := scanner.ScanFS(ctx, os.DirFS(directory), ".")
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, each := range results {
		flat := each.Flatten()
		if err := out.Encode(result{
			Check:    flat.LongID,
			Title:    flat.RuleSummary,
			Severity: string(flat.Severity),
			Status:   statuses[flat.Status],
			Resource: flat.Resource,
			File:     flat.Location.Filename,
			Line:     flat.Location.StartLine,
		}); err != nil {
			return err
		}
	}
	return nil
}
