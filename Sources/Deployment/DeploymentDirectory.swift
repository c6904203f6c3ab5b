import Basics

/// Where one trading environment keeps its things. All paths lie in one directory that the runtime owns:
///
///     runtime.json          this configuration
///     root.json             the pinned root keys: the only thing here that no bundle can change
///     host.key.json         this host's private key, which signs receipts
///     authority.json        the environment's signed document, as it is tracked
///     authority/*.json      the documents before it
///     trusted/*.pub.json    keys whose bundles were accepted before there were signed documents
///     inbox/*.hftbundle     handed over by promotion
///     inbox/*.authority.json  a newer signed document, on its way
///     inbox/*.withdrawal.json  an order that was taken back
///     inbox/*.receipts.json  which receipts the audit log has, so that they need not be kept
///     installed/            current.hftbundle, authority.json (the newest accepted), state.json (the last number)
///     installed/history/    every bundle that was in force, by its counter
///     installed/documents/  every document that was accepted, by its counter
///     installed/host.pub.json  the public half of the host's key
///     installed/halts.json  when trading was halted
///     installed/clock.json  the latest time that the host has seen
///     installed/runs.json   when the loop traded with what was in force
///     rejected/             what was refused, the newest of it
///     receipts/*.json       what became of each bundle; dropped once the audit log has it, but for the newest
///     journal/              what the loop did
///     health.json           how the bundle in force does, signed, renewed while the loop runs
///     halt                  present while trading is halted by an operator
package struct DeploymentDirectory: Sendable {
    /// As receipts call it.
    package let name: String
    /// Absolute, without links.
    package let directory: String
    /// The directory as it was asked for, absolute: each may lead over links.
    package let ways: [String]
    /// Fee per trade, in basis points of its value, that the paper exchange charges.
    package let paperFeeBps: Double

    /// - Parameters:
    ///   - path: `runtime.json` or its directory.
    ///   - standing: where the person stands as the shell calls it: the system's own name of the current directory
    ///     shows no link that led there.
    ///   - over: absolute; how it was reached, where the path is what was found there.
    /// - Throws: ``ConfigError``, ``FileError``.
    package init(_ path: String, standing: String? = nil, over: String? = nil) throws {
        let file = Paths.isDirectory(path) ? Paths.join(path, "runtime.json") : path
        let place = Paths.parent(file)
        if !Paths.exists(file), Paths.exists("\(place)/root.json") || Paths.exists("\(place)/authority.json") {
            throw ConfigError(
                "found no runtime.json in '\(place)', beside what a host keeps there", at: nil,
                hint: "bring it back: git -C '\(place)' checkout -- runtime.json; or make it anew: hftml-runtime init "
                    + "'\(place)' --root '\(place)/root.json'")
        }
        let reader = try ConfigReader(
            try JSONParser.parse(try FileChunks.bytes(file), file: file),
            keys: ["schemaVersion", "name", "paperFeeBps"])
        try reader.checkSchemaVersion(1)
        name = try reader.string("name")
        paperFeeBps = try reader.double("paperFeeBps", default: 0, in: 0...5000)
        // Without links, so that one environment has one lock and one name however it is reached. Never what the file
        // itself leads to: it is tracked, and whoever pushes it as a link would choose the host.
        let way = Paths.parent(Paths.absolute(file))
        directory = Paths.resolved(way)
        let other = standing.flatMap { standing -> String? in
            guard standing.hasPrefix("/"), !path.hasPrefix("/"),
                Paths.resolved(standing) == Paths.resolved(Paths.absolute("."))
            else { return nil }
            return Paths.parent(Paths.join(standing, file))
        }
        ways = [way] + [other, over].compactMap(\.self)
    }

    // Places; none of them has to exist.

    /// The pinned root keys.
    package var rootFile: String { "\(directory)/root.json" }
    /// The host's private key.
    package var hostKey: String { "\(directory)/host.key.json" }
    /// The host's public key, laid out for whoever orders and may not read the private one.
    package var hostPublicKey: String { "\(installed)/host.pub.json" }
    /// The environment's signed document, as it is tracked beside this host's things.
    package var authorityFile: String { "\(directory)/authority.json" }
    /// Every document that was complete once, by its counter: how root keys are followed from the pin.
    package var authorityChain: String { "\(directory)/authority" }
    /// The newest document that this host has accepted.
    package var acceptedAuthority: String { "\(installed)/authority.json" }
    /// The last counter of a deployment that was in force here.
    package var stateFile: String { "\(installed)/state.json" }
    /// When trading was halted.
    package var haltMemory: String { "\(installed)/halts.json" }
    /// The latest time that this host has seen.
    package var clockMemory: String { "\(installed)/clock.json" }
    /// When the loop traded.
    package var runMemory: String { "\(installed)/runs.json" }
    /// Every document that this host has accepted, by its counter.
    package var documents: String { "\(installed)/documents" }
    /// Held by the one process that puts bundles in force here.
    package var lockFile: String { "\(installed)/.lock" }
    /// Every bundle that was in force, by its counter.
    package var history: String { "\(installed)/history" }
    /// The bundle of a revision.
    package func revision(_ counter: Int) -> String {
        let digits = String(counter)
        return "\(history)/\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).hftbundle"
    }
    /// Public keys whose bundles are accepted.
    package var trusted: String { "\(directory)/trusted" }
    /// Bundles that promotion handed over.
    package var inbox: String { "\(directory)/inbox" }
    /// The bundle in force, and what the host remembers.
    package var installed: String { "\(directory)/installed" }
    /// The bundle in force.
    package var current: String { "\(installed)/current.hftbundle" }
    /// The bundle that was in force before; kept by hosts without a signed document alone.
    package var previous: String { "\(installed)/previous.hftbundle" }
    /// Bundles that were refused, by digest.
    package var rejected: String { "\(directory)/rejected" }
    /// One file a bundle and outcome.
    package var receipts: String { "\(directory)/receipts" }
    /// Journals of runs that name no other place.
    package var journal: String { "\(directory)/journal" }
    /// The last health report.
    package var healthFile: String { "\(directory)/health.json" }
    /// Present while trading is halted by an operator.
    package var haltFile: String { "\(directory)/halt" }
}
