import Basics
import DataVersioning
import Interchange
import Registry
import Tensors

/// A caller in; what this machine and the workspace around have of what hftml can use, out.
package enum ExamineInstallation {
    package struct Item: Sendable, Equatable {
        package let name: String
        /// What was found.
        package let value: String
        /// False where something that is needed here is missing or damaged.
        package let isUsable: Bool
        /// What to do about it, or about a part that only some commands need.
        package let hint: String?

        init(_ name: String, _ value: String, isUsable: Bool = true, hint: String? = nil) {
            self.name = name
            self.value = value
            self.isUsable = isUsable
            self.hint = hint
        }
    }

    /// Never fails: what cannot be had is an item that says why.
    package static func run(_ caller: Caller) -> [Item] {
        [
            Item("hftml", ToolVersion.current),
            Item("kernels", "\(ProductKernels.panels.name) (best this CPU offers: level \(MatrixProduct.bestLevel))"),
            Item(
                "AMX tiles",
                Precision.isSplitGranted ? "granted; training may ask for precision: split-bf16" : "not here"),
            openBLAS(caller), hdf5, libxml2,
        ] + git(caller) + workspace(caller)
    }

    /// Only trainings that ask for its kernels need it.
    private static func openBLAS(_ caller: Caller) -> Item {
        switch OpenBLAS.availability {
        case .available(let core, _):
            let forced = caller.environment["OPENBLAS_CORETYPE"].map {
                " (forced by OPENBLAS_CORETYPE=\($0); unset it for benchmarks)"
            }
            return Item("OpenBLAS core", core + (forced ?? ""))
        case .missing(let failure): return Item("OpenBLAS core", failure.message, hint: failure.hint)
        }
    }

    /// Only weight files of Keras need it.
    private static var hdf5: Item {
        HDF5Library.isAvailable
            ? Item("HDF5", "libhdf5 is here")
            : Item("HDF5", "found no libhdf5", hint: "for weights of Keras: \(HDF5Library.installation)")
    }

    /// Only remotes in S3 need it.
    private static var libxml2: Item {
        XMLLibrary.problem.map {
            Item("libxml2", "cannot be loaded: \($0)", hint: "for remotes in S3: \(XMLLibrary.installation)")
        } ?? Item("libxml2", "libxml2 is here")
    }

    /// Without libgit2, a workspace in Git cannot record its commits.
    private static func git(_ caller: Caller) -> [Item] {
        switch GitLibrary.availability {
        case .unavailable(let reason):
            let isNeeded = GitRepository.mayExist(around: caller.path("."))
            return [
                Item(
                    "libgit2", "cannot be loaded: \(reason)", isUsable: !isNeeded,
                    hint: "install it with: apt-get install libgit2-\(GitLibrary.soversion)")
            ]
        case .loaded(let version):
            return [Item("libgit2", version), repository(around: caller.path("."))]
        }
    }

    private static func repository(around directory: String) -> Item {
        do {
            guard let repository = try GitRepository.around(directory) else { return Item("git", "no repository") }
            let commit = repository.headCommit.map { String($0.prefix(12)) } ?? "no commit"
            return Item("git", "\(repository.branch ?? "no branch") at \(commit)")
        } catch {
            return Item("git", "\(error)", isUsable: false, hint: (error as? any UserFacingError)?.hint)
        }
    }

    private static func workspace(_ caller: Caller) -> [Item] {
        do {
            let session = try Session(caller)
            return [Item("workspace", session.root), registry(session)] + remotes(session)
        } catch let error as any UserFacingError {
            return [Item("workspace", error.message, isUsable: false, hint: error.hint)]
        } catch {
            return [Item("workspace", "\(error)", isUsable: false)]
        }
    }

    private static func registry(_ session: Session) -> Item {
        let path = session.shown(session.registryPath)
        do {
            let problems = try session.registry().verify()
            return problems.isEmpty
                ? Item("registry", path)
                : Item("registry", "\(path): \(problems.joined(separator: "; "))", isUsable: false)
        } catch {
            let known = error as? any UserFacingError
            return Item(
                "registry", "\(path): \(known?.message ?? "\(error)")", isUsable: false, hint: known?.hint)
        }
    }

    private static func remotes(_ session: Session) -> [Item] {
        do {
            return try ConfigureRemote.list(in: session.workspace).map { remote in
                Item("remote", "\(remote.name)  \(remote.url)\(remote.isDefault ? "  (default)" : "")")
            }
        } catch {
            return [Item("remote", (error as? any UserFacingError)?.message ?? "\(error)", isUsable: false)]
        }
    }
}
