namespace SiteProxy;

/// <summary>What the program returns; the same numbers as those of the command line tool.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
}
