using Cvmfs.Net.Publishing;

namespace Cvmfs.Net.Cli.Commands;

/// <summary>Failures of a publisher as endings of the command line.</summary>
internal static class PublishErrors
{
    public static async Task<T> TranslateAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (RepositoryLockedException locked)
        {
            throw new CliException(ExitCodes.Locked, locked.Message, "Wait until it is done, or find out who publishes there.", locked);
        }
        catch (CvmfsPublishException refused)
        {
            throw new CliException(ExitCodes.Failed, refused.Message, innerException: refused);
        }
        catch (ArgumentException refused)
        {
            throw CliException.Usage(refused.Message);
        }
    }

    public static Task TranslateAsync(Func<Task> action) => TranslateAsync(async () =>
    {
        await action();
        return true;
    });
}
