@echo off
rem Runs a command of the agent with the Python beside it: agent.cmd run, agent.cmd self-test, agent.cmd status ...
setlocal
set "HERE=%~dp0"
set "PYTHONPATH=%HERE%"
set "PYTHONUTF8=1"
if /i "%~1"=="run" (
    "%HERE%python\Scripts\python.exe" -m agent --config "%HERE%agent.json" %* >>"%HERE%agent.log" 2>&1
) else (
    "%HERE%python\Scripts\python.exe" -m agent --config "%HERE%agent.json" %*
)
exit /b %ERRORLEVEL%
