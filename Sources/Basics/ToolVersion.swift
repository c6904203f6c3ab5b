/// The version of this tool, as recorded in runs, bundles and receipts.
package enum ToolVersion {
    package static let current = "0.1.0"
}
