import ArgumentParser
import Basics
import Deployment
import Execution

struct Initialise: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Pin the root keys of an environment on this host, and make the host's key.",
        discussion: """
            EXAMPLES
              hftml-runtime init Registry/environments/paper --root paper-root.json
              hftml-runtime init /srv/paper --root paper-root.json --name paper-host-2

            Prints the host's public key as JSON: keep it in the project as Registry/keys/HOST.pub.json, name it in
            environment.yaml with the role host (and promoter, if the host may roll back by itself), then sign: hftml
            environments sign NAME
            """)
    @OptionGroup var options: RuntimeOptions
    @Option(help: "File of the root keys, from their owners.", completion: .file()) var root: String
    @Option(help: "Of the host's key; by default the environment's, then -host.") var name: String?

    func run() throws {
        try options.guarding {
            let key = try TradingHost.initialise(options.environment, root: root, name: name)
            if let name, let known = key[key: "name"]?.stringValue, known != name, !options.quiet {
                StandardStream.say(
                    "this host has the key '\(Escaping.terminal(known))' already: --name changes nothing; a further "
                        + "host has a directory of its own\n")
            }
            if !options.quiet {
                let pin = try RootPin.read(root)
                StandardStream.say(
                    "root keys of '\(pin.environment)' pinned: \(pin.fingerprint); compare with their owners\n")
            }
            let directory = try DeploymentDirectory(options.environment)
            if let known = key[key: "name"]?.stringValue, let id = key[key: "keyID"]?.stringValue,
                let taken = directory.nameTaken(known, id: id)
            {
                StandardStream.say(Escaping.terminal(taken) + "\n")
            }
            if directory.paperFeeBps == 0, !options.quiet {
                StandardStream.say(
                    "paper fees here: 0 basis points; to charge some, as another host of it may, set \"paperFeeBps\" "
                        + "in \(Escaping.terminal(directory.directory))/runtime.json\n")
            }
            try options.emit(key)
        }
    }
}
