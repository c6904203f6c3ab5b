import ArgumentParser

struct BundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Look into signed bundles.", subcommands: [BundleVerifyCommand.self])
}
