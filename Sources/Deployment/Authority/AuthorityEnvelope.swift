package import Basics
package import ModelBundles

/// An environment's document together with the signatures that make it count.
package struct AuthorityEnvelope: Sendable, Equatable {
    /// What was signed.
    package let authority: EnvironmentAuthority
    /// As it stands in `authority.json`.
    package let envelope: Envelope

    /// SHA-256 of the document, by which verdicts and deployments name it.
    package var digest: String { envelope.payloadDigest }

    /// Draws up a document for its first signature.
    package init(_ authority: EnvironmentAuthority, signer: any Signer) throws {
        self.authority = authority
        envelope = try Envelope(
            payloadType: EnvironmentAuthority.payloadType, payload: authority.json.text(.canonical), signer: signer)
    }

    /// Parses an envelope; who signed is not looked at yet.
    ///
    /// - Throws: ``Failure``, ``ConfigError``.
    package init(_ text: String) throws {
        envelope = try Envelope(text)
        guard envelope.payloadType == EnvironmentAuthority.payloadType else {
            throw Failure("authority.format", "found a signed '\(envelope.payloadType)', expected an environment")
        }
        authority = try EnvironmentAuthority(try JSONParser.parse(envelope.payload, file: "environment"))
    }

    private init(_ authority: EnvironmentAuthority, _ envelope: Envelope) {
        (self.authority, self.envelope) = (authority, envelope)
    }

    /// The same with one signature more.
    package func signed(by signer: any Signer) throws -> AuthorityEnvelope {
        var envelope = envelope
        try envelope.sign(with: signer)
        return AuthorityEnvelope(authority, envelope)
    }

    /// The same with keys revoked that somebody has revoked since it was signed: what a project knows can only tighten
    /// a document. Its digest stays that of what was signed.
    package func revoking(_ revoked: [String: PublicKey.Revocation]) -> AuthorityEnvelope {
        var authority = authority
        for index in authority.keys.indices where authority.keys[index].revoked == nil {
            authority.keys[index].revoked = revoked[authority.keys[index].id]
        }
        return AuthorityEnvelope(authority, envelope)
    }

    /// Whether enough of its own root keys have signed.
    package func isComplete(at time: Nanoseconds) -> Bool {
        authority.root.persons(signing: envelope, at: time).count >= authority.root.threshold
    }

    /// Follows documents from what is believed already to the newest.
    ///
    /// Every document needs the root signatures of the one before it (the first: of the pin) and its own, and a higher
    /// counter; so the root keys themselves can change, one signed step after the other, and a root key that was
    /// replaced signs nothing more. What was accepted once is where the next look begins.
    ///
    /// Who signs writes the date, so a stolen key that has expired could date back to when it was good. Where documents
    /// were accepted before, a new one therefore needs keys that are good now; only who follows a history from the pin
    /// takes each at its own date. Dates never run back from one document to the next.
    ///
    /// - Parameters:
    ///   - chain: documents to look at, in any order; those that are not newer than `accepted` say nothing.
    ///   - accepted: the newest document that is believed already; nil the first time.
    ///   - isFollowingHistory: whether nothing was accepted here before, also where `accepted` is a step on that way.
    /// - Returns: the newest document.
    /// - Throws: ``Failure`` with code `authority.signatures`, `authority.environment`, `authority.fork` (root keys
    ///   signed two documents of one number), `authority.dates` or `authority.missing`.
    package static func newest(
        _ chain: [AuthorityEnvelope], pin: RootPin, accepted: AuthorityEnvelope?, isFollowingHistory: Bool? = nil,
        at time: Nanoseconds
    ) throws -> AuthorityEnvelope {
        let isFollowingHistory = isFollowingHistory ?? (accepted == nil)
        var newest = accepted
        for link in chain.sorted(by: { $0.authority.counter < $1.authority.counter }) {
            let document = link.authority, what = "document \(document.counter) of '\(pin.environment)'"
            guard document.name == pin.environment else {
                throw Failure(
                    "authority.environment",
                    "found a document of the environment '\(document.name)', expected '\(pin.environment)'")
            }
            if let known = newest?.authority, document.counter <= known.counter {
                if document.counter == known.counter, link.digest != newest?.digest {
                    // What root keys did not sign is no second document: anybody could stop a host with it.
                    try known.root.require(link.envelope, at: document.createdAt, of: what)
                    throw Failure(
                        "authority.fork", "found two documents \(document.counter) of '\(pin.environment)'",
                        hint: "sign the next one, with a higher counter: hftml environments sign "
                            + "\(pin.environment) --as KEY --renew")
                }
                continue
            }
            try document.requireDates(after: newest?.authority, at: time)
            let signedAt = isFollowingHistory ? document.createdAt : max(document.createdAt, time)
            try (newest?.authority.root ?? pin.root).require(link.envelope, at: signedAt, of: what)
            try document.root.require(link.envelope, at: signedAt, of: what)
            newest = link
        }
        guard let newest else {
            throw Failure(
                "authority.missing", "found no signed document of the environment '\(pin.environment)'",
                hint: "sign one: hftml environments sign \(pin.environment) --as KEY")
        }
        return newest
    }

    /// - Throws: ``Failure`` with code `authority.expired`.
    package func requireCurrent(at time: Nanoseconds) throws {
        guard time < authority.expiresAt else {
            throw Failure(
                "authority.expired",
                "found document \(authority.counter) of '\(authority.name)' expired at "
                    + "\(TimeText.seconds(authority.expiresAt))",
                hint: "sign the next one: hftml environments sign \(authority.name) --as KEY")
        }
    }
}

extension EnvironmentAuthority {
    /// A document may promise ten years, as `expiryDays` of environment.yaml.
    static let mostDays: Nanoseconds = 3650

    /// - Throws: ``Failure`` with code `authority.dates` for a document dated ahead, before the one it follows, or that
    ///   would count for longer than any may.
    fileprivate func requireDates(after previous: EnvironmentAuthority?, at time: Nanoseconds) throws {
        func refused(_ what: String) -> Failure {
            Failure(
                "authority.dates", "found document \(counter) of '\(name)' dated \(TimeText.utc(createdAt)), \(what)",
                hint: "set the clocks right, then sign the next one: hftml environments sign \(name) --as KEY",
                exitStatus: .refused)
        }
        guard createdAt <= time.saturatingPlus(Admission.clockTolerance) else {
            throw refused("ahead of the clock (\(TimeText.utc(time)))")
        }
        if let previous, createdAt < previous.createdAt {
            throw refused("before document \(previous.counter) (\(TimeText.utc(previous.createdAt)))")
        }
        let most = createdAt.saturatingPlus(EnvironmentAuthority.mostDays * 86_400_000_000_000)
        guard expiresAt <= most else {
            throw refused("good until \(TimeText.utc(expiresAt)), longer than \(EnvironmentAuthority.mostDays) days")
        }
    }
}
