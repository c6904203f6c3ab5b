import Basics
import Deployment
import ModelBundles

extension ManageKeys {
    /// Revocations for a rollback, which makes safe: a tracked file that cannot be read is told and passed over. It
    /// gives nobody anything, and of all that it might take back only the key that signs matters.
    ///
    /// Anybody who writes the registry, or a file, can enter a revocation of that key, and would so hold up what makes
    /// safe. One that neither the key itself nor root keys of the environment signed is told and passed over: the host
    /// believes the key by its own documents anyway.
    ///
    /// - Parameter key: that signs; its own files may be what says that it was revoked, so they are read.
    /// - Throws: ``Failure`` and others where one of these, or the log, cannot be read.
    static func revocations(_ session: Session, toRollBackWith key: PublicKey, _ files: EnvironmentFiles) throws
        -> [String: PublicKey.Revocation]
    {
        let found = try revocationsReadable(session, butFor: key.name)
        guard let told = found[key.id] else { return found }
        guard let root = files.documents.last?.root else { return found }
        // The files of all others may be junk, as above, so they are not read again.
        if try SignedRevocations(session, entered: found).end(key, root: root) { return found }
        session.caller.conversation.say(
            "the key of '\(key.name)' was entered as revoked at \(TimeText.seconds(told.at))"
                + (told.reason.isEmpty ? "" : " (\(told.reason))")
                + ", which neither that key nor \(root.threshold) of the root keys of '\(files.name)' signed; passed "
                + "over for a rollback, which the host decides by its own documents")
        return found.filter { $0.key != key.id }
    }

    private static func revocationsReadable(_ session: Session, butFor name: String) throws
        -> [String: PublicKey.Revocation]
    {
        var out = try revocations(try session.registry())
        for directory in [trustedDirectory(session), "\(session.root)/Registry/keys"]
        where Paths.isDirectory(directory) {
            for key in try readable(directory, butFor: "\(name).pub.json", session: session) where out[key.id] == nil {
                out[key.id] = key.revoked
            }
        }
        return out
    }

    private static func readable(_ directory: String, butFor own: String, session: Session) throws -> [PublicKey] {
        func passOver(_ path: String, _ error: any UserFacingError) {
            session.caller.conversation.say(
                "\(error.message); passed over for a rollback, since it is no file of the key that signs: "
                    + "'\(session.shown(path))'")
        }
        return try Paths.entries(directory, isLenient: true).flatMap { name -> [PublicKey] in
            let path = "\(directory)/\(name)"
            if Paths.isRealDirectory(path) {
                do { _ = try Paths.entries(path, isLenient: true) } catch let error as FileError {
                    passOver(path, error)
                    return []
                }
                return try readable(path, butFor: own, session: session)
            }
            guard name.hasSuffix(".pub.json") else { return [] }
            do {
                let bytes = try SmallFile.bytes(Paths.resolved(path), most: 1 << 20)
                return [try PublicKey(JSONParser.parse(bytes, file: path), in: path)]
            } catch let error as any UserFacingError where name != own {
                passOver(path, error)
                return []
            }
        }
    }
}
