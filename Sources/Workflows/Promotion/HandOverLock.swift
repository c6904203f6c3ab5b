import Basics

/// Held while a promotion is handed over: from its entry in the record until its bundle lies in the inbox. Between the
/// two lies whatever can take long, a place for anchors or an authority for timestamps; who holds it is at work, and
/// nobody else ends the promotion meanwhile.
enum HandOverLock {
    static func take(_ environment: String, session: Session) throws -> FileLock {
        try FileLock(path(environment, session: session))
    }

    /// Whether a process is handing a bundle over to an environment. One that was stopped for good holds nothing.
    static func isHeld(_ environment: String, session: Session) throws -> Bool {
        struct Held: Error {}
        do {
            let lock = try FileLock(path(environment, session: session)) { throw Held() }
            withExtendedLifetime(lock) {}
            return false
        } catch is Held { return true }
    }

    private static func path(_ environment: String, session: Session) -> String {
        "\(session.root)/Registry/checkpoints/handover-\(Digest.sha256(environment).prefix(12)).lock"
    }
}
