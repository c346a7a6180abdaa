using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Cli.Commands;

/// <summary>Paths inside a repository, as people type them.</summary>
internal static class PathArgument
{
    public static RepositoryPath Parse(string text)
    {
        try
        {
            return RepositoryPath.Parse(text);
        }
        catch (ArgumentException refused)
        {
            throw CliException.Usage(refused.Message);
        }
    }

    public static CliException NotFound(RepositoryPath path) => new(ExitCodes.Failed, $"{path} does not exist in this revision.");
}
