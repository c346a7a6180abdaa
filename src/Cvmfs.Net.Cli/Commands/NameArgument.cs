using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Cli.Commands;

/// <summary>Repository names, as people type them.</summary>
internal static class NameArgument
{
    public static RepositoryName Parse(string text) => RepositoryName.TryParse(text, out var name)
        ? name
        : throw CliException.Usage($"\"{text}\" is no repository name.", "A name has 1 to 60 letters, digits, dots, dashes and underscores, such as software.example.org.");
}
