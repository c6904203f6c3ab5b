import TestSupport
import Testing

@Suite(.enabled(if: SharedData.client("check-jsonschema") != nil)) struct GitLabTests {
    @Test("the pipeline for GitLab is valid against GitLab's schema")
    func schema() throws {
        let result = try RunProgram.run(
            try #require(SharedData.client("check-jsonschema")),
            ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", ".gitlab-ci.yml"],
            in: SharedData.repository)
        #expect(result.status == 0, "\(result)")
    }
}
