import Basics
import ConfigurationFiles
import Foundation
import TestSupport
import Testing

/// Runs jobs of a template as GitLab's runner does: in a clone of its own, with the artefacts of jobs before it, in a
/// shell that stops at the first failure, and with no program but those of a minimal image.
struct GitLabRunner {
    let template: JSONValue
    let directory: TemporaryDirectory
    let image: GitLabImage
    /// Predefined variables and those of the project; they go before the template's.
    var variables: [String: String]

    init(
        _ template: String, of repository: TemporaryDirectory, in directory: TemporaryDirectory,
        variables: [String: String]
    ) throws {
        self.template = try YAMLFile.read("\(SharedData.repository)/\(template)")
        self.directory = directory
        self.variables = variables
        image = try GitLabImage(in: directory, seeing: [directory.path, repository.path])
    }

    /// With more variables, or others.
    func with(_ more: [String: String]) -> GitLabRunner {
        var other = self
        other.variables.merge(more) { $1 }
        return other
    }

    /// What GitLab calls the environment of a job, with its variables put in.
    func environment(of job: String) -> (name: String?, group: String?) {
        func filled(_ text: String?) -> String? {
            guard let text, text.hasPrefix("$") else { return text }
            let name = String(text.dropFirst())
            return variables[name] ?? template[key: "variables"]?[key: name]?.stringValue
        }
        return (
            filled(value("environment", of: job)?[key: "name"]?.stringValue),
            filled(value("resource_group", of: job)?.stringValue)
        )
    }

    struct Result {
        let status: Int32
        let errors: String
        /// Of what runs after the script, however that ended.
        let afterStatus: Int32
        /// Where it ran.
        let place: String
        /// What it left, as a tar file.
        let artefacts: String
    }

    /// A key of a job, or of what it extends.
    private func value(_ key: String, of job: String) -> JSONValue? {
        let node = template[key: job]
        return node?[key: key] ?? (node?[key: "extends"]?.stringValue).flatMap { value(key, of: $0) }
    }

    private func exports() -> String {
        let own = (template[key: "variables"]?.mapValue ?? []).map { ($0.key, $0.value.stringValue ?? "") }
        let given = variables.filter { name, _ in !own.contains { $0.0 == name } }.sorted { $0.key < $1.key }
        // Quoted so that one variable may name another, as GitLab expands them.
        return (given + own).map { name, text in "export \(name)=\"\(variables[name] ?? text)\"\n" }.joined()
    }

    /// - Parameters:
    ///   - commit: what is checked out.
    ///   - artefacts: of the jobs before, in their order.
    func run(_ job: String, of repository: String, at commit: String = "main", artefacts: [Result] = []) throws
        -> Result
    {
        let place = directory.file("job-\(job)-\(UInt32.random(in: .min ... .max))")
        let script = try #require(value("script", of: job)?.listValue, "no job \(job)").compactMap(\.stringValue)
        let after = (value("after_script", of: job)?.listValue ?? []).compactMap(\.stringValue)
        func list(_ key: String) -> [String] {
            (value("artifacts", of: job)?[key: key]?.listValue ?? []).compactMap(\.stringValue)
        }
        let keep = """
            tar --create --file '\(place).tar' \(list("exclude").map { "--exclude='\($0)'" }.joined(separator: " ")) \
            --files-from /dev/null $(ls -d \(list("paths").joined(separator: " ")) 2>/dev/null)
            """
        let unpack = artefacts.map { "tar --extract --file '\($0.artefacts)'\n" }.joined()
        try directory.write(
            exports() + "git clone -q -b \(commit) '\(repository)' '\(place)'\ncd '\(place)'\n" + unpack
                + script.joined(separator: "\n") + "\n", to: "\(Paths.name(place)).sh")
        try directory.write(
            exports() + "cd '\(place)'\n" + after.joined(separator: "\n") + "\n", to: "\(Paths.name(place))-after.sh")
        // Paths that are not there are no failure, for the runner neither.
        try directory.write(exports() + "cd '\(place)'\nset +e\n\(keep)\n", to: "\(Paths.name(place))-keep.sh")
        let run = try image.run("\(place).sh", home: directory.path)
        // Whatever it says, the job's status stays; after each script comes a shell of its own.
        let last = try image.run("\(place)-after.sh", home: directory.path)
        let kept = try image.run("\(place)-keep.sh", home: directory.path)
        #expect(kept.status == 0, "\(kept.errors)")
        return Result(
            status: run.status, errors: run.errors + run.output, afterStatus: last.status, place: place,
            artefacts: "\(place).tar")
    }
}
