package import Basics
package import Deployment
package import ModelBundles

/// A trading host that can speak for its environment: pinned root keys, and a key of its own that signs receipts.
package struct TradingHost: Sendable {
    /// What anybody may read.
    package let view: HostView
    /// Signs receipts.
    package let key: SigningKey

    /// Where its things lie.
    package var directory: DeploymentDirectory { view.directory }

    /// - Throws: as ``HostView/init(_:)``; ``Failure`` with code `runtime.tracked` where Git can replace what the host
    ///   keeps to itself, `runtime.no-key` where the host has no key,
    ///   `key.permissions` where others may read it.
    package init(_ directory: DeploymentDirectory) throws {
        try TrackedByGit.requireNone(directory)
        view = try HostView(directory)
        guard Paths.exists(directory.hostKey) else {
            throw Failure(
                "runtime.no-key", "found no key of this host in '\(directory.name)', so it can sign no receipts",
                hint: "if it had one, bring that back to '\(directory.hostKey)': another key is another host, which no "
                    + "document names; for a new host make one, with another name: hftml-runtime init "
                    + "\(directory.directory) --root \(directory.rootFile) --name NEW > Registry/keys/NEW.pub.json; "
                    + "let it be named in environment.yaml with the role host")
        }
        key = try SigningKey.read(directory.hostKey)
        TradingHost.layOut(key, directory)
    }

    /// Orders name the host that they are for; other accounts learn it here. Where it cannot be written they ask.
    private static func layOut(_ key: SigningKey, _ directory: DeploymentDirectory) {
        let path = directory.hostPublicKey
        let text = key.publicKey.json.text(.pretty) + "\n"
        guard HostFile.words(path) != text else { return }
        try? Paths.makeDirectory(directory.installed)
        try? AtomicFile.write(text, to: path)
    }

    /// Makes an environment's directory a host's: pins the root keys, and makes a key if there is none.
    ///
    /// - Parameters:
    ///   - path: the directory; `runtime.json` is made where it is missing.
    ///   - root: the file of the root keys.
    ///   - name: of the host's key, which the environment's document has to name.
    /// - Returns: the document of the public key, with the role that the environment has to give it.
    /// - Throws: ``Failure`` with code `runtime.pin` where other root keys are pinned already,
    ///   `runtime.other-environment` where they are of another environment; ``FileError``, ``ConfigError``.
    package static func initialise(_ path: String, root: String, name: String?) throws -> JSONValue {
        let pin = try RootPin.read(root)
        let file = Paths.join(path, "runtime.json")
        if !Paths.exists(file) {
            let node = JSONValue.map(["schemaVersion": .int(1), "name": .string(pin.environment)])
            try AtomicFile.write(node.text(.pretty) + "\n", to: file)
        }
        let directory = try DeploymentDirectory(path)
        guard directory.name == pin.environment else {
            throw Failure(
                "runtime.other-environment",
                "found root keys of '\(pin.environment)', and an environment that calls itself '\(directory.name)'",
                hint: "name the root file of '\(directory.name)'")
        }
        if Paths.exists(directory.rootFile) {
            guard try RootPin.read(directory.rootFile).json == pin.json else {
                throw Failure(
                    "runtime.pin", "found other root keys pinned in '\(directory.rootFile)'",
                    hint: "root keys change by signed documents, without a new pin; if this host shall really believe "
                        + "others, compare their ids with their owners and remove the file by hand")
            }
        } else {
            try AtomicFile.write(pin.json.text(.pretty) + "\n", to: directory.rootFile)
        }
        let key: SigningKey
        if Paths.exists(directory.hostKey) {
            key = try SigningKey.read(directory.hostKey)
        } else {
            key = SigningKey(generating: name ?? "\(pin.environment)-host")
            try key.write(to: directory.hostKey)
        }
        layOut(key, directory)
        var publicKey = key.publicKey
        publicKey.roles = [EnvironmentAuthority.Role.host]
        return publicKey.json
    }

    // MARK: Receipts

    /// Writes a signed receipt.
    ///
    /// - Parameter name: of its file; nil for one of its own.
    @discardableResult
    func write(_ receipt: Receipt, as name: String? = nil) throws -> Receipt {
        let own = "\(receipt.time)-\(receipt.bundle.prefix(12))-\(receipt.outcome.rawValue).json"
        let path = Paths.join(directory.receipts, name ?? own)
        guard !Paths.isRealDirectory(path) else {
            throw view.damaged(
                "found a directory in the place of receipts/\(name ?? own)",
                next: "move it away: mv '\(path)' '\(path).aside'")
        }
        try AtomicFile.write(try receipt.signed(by: key).text + "\n", to: path)
        return receipt
    }

    /// Whether a receipt of that name is there, about that bundle and of this host's own hand.
    func hasReceipt(_ name: String, of bundle: String) -> Bool {
        receipt(name)?.bundle == bundle
    }

    /// A receipt of that name, of this environment and of this host's own hand.
    func receipt(_ name: String) -> Receipt? { view.receipt(name, by: [key.publicKey])?.receipt }

    /// The name of the receipt that says that an order was refused.
    static func refusalName(_ counter: Int, bundle: String) -> String {
        "refused-\(counter)-\(bundle.prefix(12)).json"
    }

    /// The name of the receipt that says that something was refused which nobody had ordered here.
    static func strayName(_ receipt: Receipt) -> String {
        "\(strayMark)\(max(0, receipt.time))-\(receipt.bundle.prefix(12)).json"
    }
    /// How such names begin.
    static let strayMark = "stray-"

    /// The name of the receipt that says once that an order was refused which is for another host, or answered before:
    /// one an order, however many copies of its bundle come.
    ///
    /// - Parameter order: SHA-256 of its payload.
    static func elsewhereName(_ order: String) -> String { "\(elsewhereMark)\(order.prefix(12)).json" }
    /// How such names begin.
    static let elsewhereMark = "order-"

    /// The name of the receipt that says what became of a revision.
    static func receiptName(_ counter: Int, bundle: String) -> String {
        "revision-\(counter)-\(bundle.prefix(12)).json"
    }
}
