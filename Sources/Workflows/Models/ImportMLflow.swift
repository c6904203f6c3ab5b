import Basics
import Foundation
package import Registry

/// The SQLite file of an MLflow server in; its whole history in this registry, out.
package enum ImportMLflow {
    package typealias Summary = MLflowImport.Summary

    /// - Parameters:
    ///   - location: the file, or `sqlite:///FILE` as MLflow writes it.
    ///   - artefactRoot: where the server keeps what it calls `mlflow-artifacts:/`; nil for `mlartifacts` beside the
    ///     file.
    ///   - copiesArtefacts: false leaves files where they are.
    package static func run(
        _ location: String, artefactRoot: String?, copiesArtefacts: Bool, session: Session,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Summary {
        guard !location.hasPrefix("http://"), !location.hasPrefix("https://") else {
            throw Failure(
                "mlflow.server", "found the address '\(location)', expected the server's SQLite file",
                hint: "stop writing to it, and give the file of --backend-store-uri")
        }
        let path = location.hasPrefix("sqlite:///") ? String(location.dropFirst(10)) : location
        let root = artefactRoot ?? Paths.join(Paths.parent(path), "mlartifacts"), store = session.artefacts
        let importer = try MLflowImport(path, into: try session.registry())
        return try importer.run(
            artefacts: copiesArtefacts ? { try copy($0, root: root, base: Paths.parent(path), store: store) } : nil,
            progress: progress)
    }

    /// The files below a place on this machine. A place elsewhere is an error that says so.
    private static func copy(_ uri: String, root: String, base: String, store: ArtefactStore) throws -> [(
        name: String, digest: String, size: Int
    )] {
        let directory: String
        if uri.hasPrefix("mlflow-artifacts:/") {
            directory = Paths.join(root, String(uri.dropFirst(18).drop { $0 == "/" }))
        } else if uri.hasPrefix("file://") {
            directory = String(uri.dropFirst(7)).removingPercentEncoding ?? uri
        } else if uri.contains(":/") {
            throw Failure("mlflow.place", "its files are at '\(uri)', which is not on this machine")
        } else {
            directory = Paths.join(base, uri)
        }
        guard !uri.split(separator: "/").contains("..") else {
            throw Failure("mlflow.place", "its place '\(uri)' leaves the directory of artefacts")
        }
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.files(below: directory).map { name in
            let stored = try store.add(Paths.join(directory, name))
            return (name, stored.digest, stored.size)
        }
    }
}
