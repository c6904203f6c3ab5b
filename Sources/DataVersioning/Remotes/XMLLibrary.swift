import CXML2

/// libxml2, on which the reading of S3's answers stands; loaded when a bucket is first opened.
package enum XMLLibrary {
    /// What the system's loader says against it; nil when it is loaded. `hftml doctor` lists it.
    package static var problem: String? { hftml_xml_problem().map { String(cString: $0) } }

    package static let installation = "apt-get install libxml2"

    /// - Throws: ``RemoteError`` with code `remote.no-library`.
    package static func require(_ problem: String? = problem) throws {
        guard let problem else { return }
        throw RemoteError(
            "remote.no-library", "cannot load libxml2, which reads what S3 answers: \(problem)",
            hint: "install it with: \(installation), and check with: hftml doctor")
    }
}
