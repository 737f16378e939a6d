@echo off
rem A double click on Windows starts the studio.
cd /d "%~dp0"
where py >nul 2>nul
if %errorlevel%==0 (py launch.py %*) else (python launch.py %*)
if errorlevel 1 pause
