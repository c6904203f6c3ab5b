import Basics
import Deployment
import Timestamps

/// The places for anchors that the settings name, and those that root keys have signed in the documents of
/// environments: the settings may say more, never less.
enum SignedAnchors {
    /// The places of the settings, as a document names them.
    ///
    /// - Throws: ``Failure`` with code `anchor.certificates` where those of an authority cannot be read.
    static func configured(_ session: Session) throws -> [EnvironmentAnchor] {
        EnvironmentAnchor.canonical(try session.anchorPlaces().map { try anchor($0, session: session) })
    }

    private static func anchor(_ place: AnchorPlace, session: Session) throws -> EnvironmentAnchor {
        switch place {
        case .git: .git
        case .directory(let path): .directory(path)
        case .timestamp(let authority):
            .timestamp(
                authority.shown,
                certificates: try TimestampStore.certificates(authority, session: session).fingerprints)
        }
    }

    /// Places of the settings with what a document would call each; nil for an authority whose certificates cannot be
    /// read, which is a problem of its own.
    private static func known(_ session: Session) throws -> [(place: AnchorPlace, anchor: EnvironmentAnchor?)] {
        try session.anchorPlaces().map { place in
            do { return (place, try anchor(place, session: session)) } catch is any UserFacingError {
                return (place, nil)
            }
        }
    }

    /// Why nothing may rest on the anchors of now; nil where the settings name all that a document does, and for a
    /// document that names none.
    static func objection(_ document: EnvironmentAuthority, session: Session) throws -> Failure? {
        guard let wanted = document.anchors else { return nil }
        let known = try known(session).compactMap(\.anchor)
        let missing = wanted.filter { !known.contains($0) }
        guard !missing.isEmpty else { return nil }
        func list(_ anchors: [EnvironmentAnchor]) -> String { anchors.map(\.description).joined(separator: "; ") }
        return Failure(
            "anchor.other-places",
            "found the anchors of the audit log in \(known.isEmpty ? "no place" : list(known)), expected what root "
                + "keys have signed in document \(document.counter) of '\(document.name)' as well: \(list(missing))",
            hint: "bring the settings back: git checkout -- Registry/hftml.yaml; or let root keys sign the places of "
                + "now: hftml environments sign \(document.name) --as KEY", exitStatus: .refused)
    }

    /// Places whose heads say for a document how far the log is anchored: a further place, which nobody signed, is
    /// compared and vouches for nothing there.
    ///
    /// - Returns: nil for a document that names no place.
    static func places(_ document: EnvironmentAuthority, session: Session) throws -> [AnchorPlace]? {
        guard let wanted = document.anchors, !wanted.isEmpty else { return nil }
        return try known(session).filter { known in known.anchor.map(wanted.contains) ?? false }.map(\.place)
    }

    /// What a document leaves open about anchors, for people, and what to do about it.
    ///
    /// - Parameter what: the document, as a sentence begins with it.
    static func gaps(_ document: EnvironmentAuthority, _ what: String) -> [(says: String, mend: String)] {
        var gaps: [(says: String, mend: String)] = []
        if let anchors = document.anchors {
            if anchors.isEmpty {
                gaps.append(
                    (
                        "\(what) names no place for anchors of the audit log, as Registry/hftml.yaml named none",
                        "name one there, then"
                    ))
            }
        } else {
            gaps.append(
                (
                    "\(what) does not say where the audit log is anchored: whoever can edit Registry/hftml.yaml and "
                        + "holds a key with the role 'log' could name other places, and write the log anew",
                    "the next one says it"
                ))
        }
        if document.anchorHours == nil {
            gaps.append(
                (
                    "\(what) has no anchorHours: promotions will ask for no fresh anchor of the audit log, the first "
                        + "one neither", "write anchorHours: 24 into environment.yaml, then"
                ))
        }
        return gaps
    }
}
